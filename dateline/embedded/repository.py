"""Where jars come from. jgo knows the public repository; this project's files do not."""

from __future__ import annotations

from pathlib import Path


def repository_urls() -> list[str]:
    """Addresses to try in turn, without a trailing slash.

    jgo's own default, overridden or extended by the ``[repositories]`` section of the user's jgo
    settings (``~/.config/jgo.conf`` or ``~/.jgorc``, or what ``JGO_CONFIG_FILE`` names). A mirror
    is set there as ``central = <address>``. Maven's own ``settings.xml`` is not read by jgo, nor
    here.
    """
    from jgo.config import GlobalSettings
    from jgo.maven import MavenContext

    urls = dict(MavenContext().remote_repos)
    urls.update(GlobalSettings.load().repositories)
    return [url.rstrip("/") for url in urls.values()]


def local_repository() -> Path:
    """The user's local Maven repository, which may already hold a jar (``M2_REPO`` moves it)."""
    from jgo.config import GlobalSettings

    return Path(GlobalSettings.load().repo_cache)
