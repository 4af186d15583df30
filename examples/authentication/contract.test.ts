// The contract of the guide, for callers with tokens.
import { Code, createChannel, createClient } from "@trunkline/client";
import { SignJWT } from "jose";
import { expect, it } from "vitest";
import { createNoteServer } from "./contract.js";
import { NoteService } from "./gen/trunkline/examples/notes/v1/notes_pb.js";

it("callers may do what the contract says", async () => {
  const secret = new Uint8Array(32).fill(7);
  const token = (scope: string): Promise<string> =>
    new SignJWT({ scope })
      .setProtectedHeader({ alg: "HS256" })
      .setIssuer("https://login.example")
      .setAudience("notes")
      .setSubject("alice")
      .setExpirationTime("5m")
      .sign(secret);
  const server = createNoteServer({ secret });
  const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
  const channel = createChannel(`127.0.0.1:${port}`);
  const client = createClient(NoteService, channel, { timeoutMs: 10_000 });
  const as = async (scope: string): Promise<{ metadata: Record<string, string> }> => ({
    metadata: { authorization: `Bearer ${await token(scope)}` },
  });
  try {
    expect(await client.countNotes({})).toMatchObject({ count: 1 });
    await expect(client.getNote({ id: "1" })).rejects.toMatchObject({
      code: Code.UNAUTHENTICATED,
    });
    expect(await client.getNote({ id: "1" }, await as(""))).toMatchObject({ text: "what 1 says" });
    await expect(client.putNote({ id: "1" }, await as("notes.read"))).rejects.toMatchObject({
      code: Code.PERMISSION_DENIED,
      message: expect.stringContaining("needs the scope notes.write"),
    });
    expect(await client.putNote({ id: "1" }, await as("notes.write"))).toBeDefined();
  } finally {
    await channel.close();
    await server.shutdown({ graceMs: 0 });
  }
});
