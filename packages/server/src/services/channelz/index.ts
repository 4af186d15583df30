// Entry point of @trunkline/server/channelz: tells operators of servers, channels and connections.
export type { DescribedChannel, DescribedSubchannel } from "@trunkline/core";
export type { Access } from "../access.js";
export { addChannelz, type Channelz, type ChannelzOptions } from "./channelz.js";
