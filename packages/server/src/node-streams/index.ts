// Entry point of @trunkline/server/node-streams: requests and responses as streams of Node.js.
export { toNodeReadable, toNodeWritable } from "@trunkline/core/node";
