// Entry point of @trunkline/plugins/consul: servers that are found in Consul, and how they get there.
export type { HttpTls } from "../http/node/node-http.js";
export type { Registration, RegistrationSettings } from "../watching/registration.js";
export type { ConsulConnection } from "./consul-options.js";
export { type ConsulResolverOptions, createConsulResolver } from "./consul-resolver.js";
export {
  type ConsulCheck,
  type ConsulRegistration,
  type ConsulRegistrationOptions,
  registerInConsul,
} from "./register-in-consul.js";
