// Entry point of @trunkline/client/reflection: services out of what a server tells of itself.
export { type ReflectedContract, type ReflectOptions, reflect } from "./reflect.js";
