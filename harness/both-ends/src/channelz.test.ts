// channelz of a server that is a client, too: its channels are told of, and not kept.
import { type Channel, createChannel, createClient } from "@trunkline/client";
import { reflect } from "@trunkline/client/reflection";
import { silentLog } from "@trunkline/server";
import { addChannelz } from "@trunkline/server/channelz";
import { addReflection } from "@trunkline/server/reflection";
import { afterEach, expect, it } from "vitest";
import { connect, endBoth, serve } from "./both-ends.js";

afterEach(endBoth);

interface TopChannels {
  readonly channel: readonly { readonly subchannelRef: readonly { subchannelId: bigint }[] }[];
}

interface FoundSubchannel {
  readonly subchannel: { readonly socketRef: readonly { socketId: bigint }[] };
}

it("a channel with its address and connection, until it is closed", async () => {
  const { server, target } = await serve({ unary: ({ text }) => ({ text }) });
  const channelz = addChannelz(server);
  addReflection(server);
  const { channel: own, client } = connect(target);
  channelz.addChannel(own);
  await client.unary({ text: "connects" });
  await client.upload([]).catch(() => {});

  await using channel: Channel = createChannel(target, { log: silentLog });
  const contract = await reflect(channel);
  const asked = createClient(contract.getService("grpc.channelz.v1.Channelz"), channel);
  const listed = (await asked.getTopChannels({})) as unknown as TopChannels;
  // READY is 3 in channelz.
  expect(listed).toMatchObject({
    channel: [
      {
        data: {
          target,
          state: { state: 3 },
          callsStarted: 2n,
          callsSucceeded: 1n,
          callsFailed: 1n,
        },
        socketRef: [],
        subchannelRef: [{ name: target }],
      },
    ],
    end: true,
  });
  const { subchannelId } = listed.channel[0]!.subchannelRef[0]!;
  const found = (await asked.getSubchannel({ subchannelId })) as unknown as FoundSubchannel;
  expect(found).toMatchObject({
    subchannel: {
      ref: { subchannelId, name: target },
      data: { target, state: { state: 3 } },
      socketRef: [{ name: target }],
    },
  });
  const { socketId } = found.subchannel.socketRef[0]!;
  expect(await asked.getSocket({ socketId })).toMatchObject({
    socket: {
      // Both channels may share it; the call that asks is one of those that have begun.
      data: { streamsStarted: expect.toSatisfy((n: bigint) => n >= 1n), streamsFailed: 0n },
    },
  });
  await own.close();
  expect(await asked.getTopChannels({})).toMatchObject({ channel: [], end: true });
});
