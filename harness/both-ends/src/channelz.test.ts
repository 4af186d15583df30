// channelz of a server that is a client, too: its channels are told of, and not kept.
import { type Channel, createChannel, createClient } from "@trunkline/client";
import { reflect } from "@trunkline/client/reflection";
import { silentLog } from "@trunkline/server";
import { addChannelz } from "@trunkline/server/channelz";
import { addReflection } from "@trunkline/server/reflection";
import { afterEach, expect, it } from "vitest";
import { connect, endBoth, serve } from "./both-ends.js";

afterEach(endBoth);

it("a channel with its connection, until it is closed", async () => {
  const { server, target } = await serve({ unary: ({ text }) => ({ text }) });
  const channelz = addChannelz(server);
  addReflection(server);
  const { channel: own, client } = connect(target);
  channelz.addChannel(own);
  await client.unary({ text: "connects" });

  await using channel: Channel = createChannel(target, { log: silentLog });
  const contract = await reflect(channel);
  const asked = createClient(contract.getService("grpc.channelz.v1.Channelz"), channel);
  const listed = await asked.getTopChannels({});
  // READY is 3 in channelz.
  expect(listed).toMatchObject({
    channel: [{ data: { target, state: { state: 3 } }, socketRef: [{ name: target }] }],
    end: true,
  });
  const { socketRef } = (listed as unknown as { channel: [{ socketRef: [{ socketId: bigint }] }] })
    .channel[0];
  expect(await asked.getSocket({ socketId: socketRef[0].socketId })).toMatchObject({
    socket: {
      // Both channels may share it; the call that asks is one of those that have begun.
      data: { streamsStarted: expect.toSatisfy((n: bigint) => n >= 1n), streamsFailed: 0n },
    },
  });
  await own.close();
  expect(await asked.getTopChannels({})).toMatchObject({ channel: [], end: true });
});
