// Entry point of @trunkline/client/node-streams: calls as streams of Node.js.
export { toNodeDuplex, toNodeReadable, toNodeWritable } from "@trunkline/core/node";
