// Entry point of @trunkline/plugins/kubernetes: pods that are found by the EndpointSlices of their service.
export type { HttpTls } from "../http/node/node-http.js";
export type { KubernetesConnection } from "./api-access.js";
export { createKubernetesResolver, type KubernetesResolverOptions } from "./kubernetes-resolver.js";
