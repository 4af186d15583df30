// Trunkline's server for the benchmark, with what BENCH_EQUIPMENT names: parts of equipment.ts, with commas between.
import { createServer } from "@trunkline/server";
import { announce, createdAtMs, sampleUser } from "../sample.js";
import { addRules } from "./contract-with-rules.js";
import { type Equipment, equip } from "./equipment.js";

const names = (process.env.BENCH_EQUIPMENT ?? "").split(",");
const equipment: Equipment = { interceptors: [], observers: [], watchers: [] };
for (const name of names) await equip(equipment, name);

const user = { ...sampleUser, roles: [...sampleUser.roles], createdAtMs: BigInt(createdAtMs) };
const { service, createResponse } = addRules();
const response = createResponse({ user });
const { interceptors, observers, watchers } = equipment;
const server = createServer({ interceptors, observers });
server.addService(service, { getUser: () => response });
for (const watch of watchers) watch(server);
const { port } = await server.listen({ host: process.env.BENCH_HOST ?? "127.0.0.1", port: 0 });
announce(port);
