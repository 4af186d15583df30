// Connections that must not come about: wrong authority, wrong name, no client certificate, plaintext to TLS.
import { createAuthority } from "@trunkline/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { trunklineClient } from "./clients/trunkline.js";
import { grpcJsClient, grpcJsServer } from "./foreign/npm-peers.js";
import type { ClientPeer, ClientSecurity, InteropServer, ServerPeer } from "./peer.js";
import { trunklineServer } from "./servers/trunkline.js";

const authority = createAuthority();
const stranger = createAuthority();

function describeRefusals(client: ClientPeer, server: ServerPeer): void {
  describe(`${client.name} client -> ${server.name} server`, () => {
    let mutual: InteropServer;
    let misnamed: InteropServer;
    beforeAll(async () => {
      const clientAuthority = authority.cert;
      mutual = await server.start({
        identity: authority.issue("localhost", ["localhost"]),
        clientAuthority,
      });
      misnamed = await server.start({ identity: authority.issue("other", ["other.example"]) });
    });
    afterAll(async () => {
      await mutual.stop();
      await misnamed.stop();
    });

    async function expectUnavailable(port: number, security?: ClientSecurity): Promise<void> {
      const connected = await client.connect(`localhost:${port}`, security);
      const outcome = await connected.call({ method: "unary", requests: [{}], timeoutMs: 5_000 });
      await connected.close();
      expect(outcome).toMatchObject({ code: 14, responses: [] });
    }

    it("a client without a certificate gets nowhere", () =>
      expectUnavailable(mutual.port, { authority: authority.cert }));

    it("a client with a stranger's certificate gets nowhere", () =>
      expectUnavailable(mutual.port, {
        authority: authority.cert,
        identity: stranger.issue("a stranger"),
      }));

    it("a client that trusts another authority refuses", () =>
      expectUnavailable(misnamed.port, { authority: stranger.cert }));

    it("a client refuses a certificate for another name", () =>
      expectUnavailable(misnamed.port, { authority: authority.cert }));

    it("a plaintext client gets nowhere with a TLS server", () => expectUnavailable(mutual.port));
  });
}

describeRefusals(trunklineClient, trunklineServer);
describeRefusals(trunklineClient, grpcJsServer);
describeRefusals(grpcJsClient, trunklineServer);
