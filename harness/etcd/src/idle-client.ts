// Finds a server by etcd, Consul or Kubernetes, calls it once, and then has nothing more to do: the process must end by itself.
//   node idle-client.js etcd|consul|kubernetes ADDRESS
import { createChannel, createClient, type ResolverFactory } from "@trunkline/client";
import { createConsulResolver } from "@trunkline/plugins/consul";
import { createEtcdResolver } from "@trunkline/plugins/etcd";
import { createKubernetesResolver } from "@trunkline/plugins/kubernetes";
import { Auth } from "./gen/rpc_pb.js";

const [scheme = "", address = ""] = process.argv.slice(2);
const resolvers: Record<string, () => ResolverFactory> = {
  etcd: () => createEtcdResolver({ endpoints: [address] }),
  consul: () => createConsulResolver({ address }),
  kubernetes: () => createKubernetesResolver({ server: `http://${address}` }),
};
const resolver = resolvers[scheme]?.();
if (resolver === undefined) throw new Error(`"${scheme}" is none of ${Object.keys(resolvers)}`);
const channel = createChannel(`${scheme}:///users`, { resolvers: { [scheme]: resolver } });
const { token } = await createClient(Auth, channel).authenticate({ name: "ada" });
console.log(token);
