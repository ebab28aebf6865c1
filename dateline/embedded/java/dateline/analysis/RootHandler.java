package dateline.analysis;

import java.util.List;
import java.util.function.Supplier;
import org.elasticsearch.Build;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.cluster.ClusterName;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.index.IndexVersion;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestRequest.Method;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.xcontent.XContentBuilder;

/** Answers GET and HEAD of the root, which clients call to see whom they talk to. */
final class RootHandler extends BaseRestHandler {
  private final Supplier<DiscoveryNodes> nodes;
  private final String clusterName;

  RootHandler(Supplier<DiscoveryNodes> nodes, Settings settings) {
    this.nodes = nodes;
    this.clusterName = ClusterName.CLUSTER_NAME_SETTING.get(settings).value();
  }

  @Override
  public String getName() {
    return "dateline_root";
  }

  @Override
  public List<Route> routes() {
    return List.of(new Route(Method.GET, "/"), new Route(Method.HEAD, "/"));
  }

  @Override
  protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
    return channel -> {
      Build build = Build.current();
      XContentBuilder body = channel.newBuilder();
      body.prettyPrint().startObject();
      body.field("name", nodes.get().getLocalNode().getName());
      body.field("cluster_name", clusterName);
      body.startObject("version");
      body.field("number", build.version());
      body.field("build_flavor", "default");
      body.field("build_type", "embedded");
      body.field("build_hash", build.hash());
      body.field("build_date", build.date());
      body.field("build_snapshot", build.isSnapshot());
      body.field("lucene_version", IndexVersion.current().luceneVersion().toString());
      body.field("minimum_wire_compatibility_version", build.minWireCompatVersion());
      body.field("minimum_index_compatibility_version", build.minIndexCompatVersion());
      body.endObject();
      body.field("tagline", "You Know, for Search");
      body.endObject();
      channel.sendResponse(new RestResponse(RestStatus.OK, body));
    };
  }
}
