// Entry point of @trunkline/server/admin: all standard services in one call.
export type { Access } from "../access.js";
export { type AdminOptions, type AdminServices, addAdminServices } from "./admin.js";
