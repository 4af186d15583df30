// Entry point of @trunkline/plugins/etcd: servers that are found in etcd, and how they get there.
export type { Registration, RegistrationSettings } from "../watching/registration.js";
export type { EtcdConnection } from "./etcd-options.js";
export { createEtcdResolver, type EtcdResolverOptions } from "./etcd-resolver.js";
export {
  type EtcdRegistration,
  type EtcdRegistrationOptions,
  registerInEtcd,
} from "./register-in-etcd.js";
export type { ServerRecord } from "./server-record.js";
