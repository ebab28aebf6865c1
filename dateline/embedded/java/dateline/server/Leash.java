package dateline.server;

import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Ties the life of this process to that of the one that started it.
 *
 * <p>The parent holds the other end of our standard input and writes nothing to it. When the pipe
 * closes, the parent asked us to stop or died; either way we leave. A copy of the pipe's end may
 * live on in some child that the parent forked, so the parent's process id is watched too. And
 * since a shutdown can hang, a timer ends the process without asking anybody.
 */
final class Leash {
  /** Servers here stop in about two seconds; past this they are not going to. */
  private static final long HARD_STOP_MILLIS = 8_000;

  private static final long PARENT_CHECK_MILLIS = 1_000;

  /** Exit status of a process that had to be cut off, to be told from a clean stop. */
  private static final int CUT_OFF = 75;

  private static final AtomicBoolean leaving = new AtomicBoolean();

  private Leash() {}

  /**
   * Starts to watch. To be called before anything else, since the parent may die while the server
   * still starts.
   */
  static void attach(long parentPid) {
    // However the shutdown began (a signal, an error, the pipe), it may not last for ever.
    Runtime.getRuntime().addShutdownHook(new Thread(Leash::startHardStop, "leash-on-shutdown"));
    daemon("leash-pipe", () -> {
      drain(System.in);
      leave();
    });
    daemon("leash-parent", () -> {
      while (isChildOf(parentPid)) {
        sleep(PARENT_CHECK_MILLIS);
      }
      leave();
    });
  }

  private static void leave() {
    startHardStop();
    System.exit(0);
  }

  private static void startHardStop() {
    if (leaving.compareAndSet(false, true)) {
      daemon("leash-hard-stop", () -> {
        sleep(HARD_STOP_MILLIS);
        Runtime.getRuntime().halt(CUT_OFF);
      });
    }
  }

  private static boolean isChildOf(long pid) {
    return ProcessHandle.current().parent().map(ProcessHandle::pid).orElse(-1L) == pid;
  }

  private static void drain(InputStream pipe) {
    try {
      while (pipe.read() >= 0) {
        // Nothing is ever written; only the end matters.
      }
    } catch (IOException broken) {
      // As good as closed.
    }
  }

  private static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException nobodyDoes) {
      Thread.currentThread().interrupt();
    }
  }

  private static void daemon(String name, Runnable body) {
    Thread thread = new Thread(body, name);
    thread.setDaemon(true);
    thread.start();
  }
}
