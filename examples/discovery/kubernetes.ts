// A channel to all pods of a service, inside of a cluster or through `kubectl proxy`.
import { type Channel, createChannel } from "@trunkline/client";
import { createKubernetesResolver } from "@trunkline/plugins/kubernetes";

/** Inside of a cluster nothing need be said; from outside, `kubectl proxy` is at http://127.0.0.1:8001. */
const server = process.env.KUBERNETES_API;

/** A channel to all ready pods of the service, as they come and go. */
export function connectToGreeters(): Channel {
  return createChannel("kubernetes:///greeter.shop:grpc", {
    resolvers: { kubernetes: createKubernetesResolver({ server, zone: process.env.ZONE }) },
    serviceConfig: { loadBalancingConfig: [{ round_robin: {} }] },
  });
}

/** The same without the API server: a headless service, whose name DNS resolves to the pods. */
export function connectByDns(): Channel {
  return createChannel("dns:///greeter-headless.shop.svc.cluster.local:50051", {
    serviceConfig: { loadBalancingConfig: [{ round_robin: {} }] },
  });
}
