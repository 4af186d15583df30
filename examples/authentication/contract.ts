// A server whose contract says who may call what.

import { authenticate } from "@trunkline/plugins/authentication";
import { authorizeByContract } from "@trunkline/plugins/authz";
import { createJwtAuthenticator, type JwtKeys } from "@trunkline/plugins/jwt";
import { createServer, type Server } from "@trunkline/server";
import { addHealth } from "@trunkline/server/health";
import { NoteService } from "./gen/trunkline/examples/notes/v1/notes_pb.js";

/** A server that lets callers do what the contract allows them; health has no such contract, and is named. */
export function createNoteServer(keys: JwtKeys): Server {
  const jwt = createJwtAuthenticator({ issuer: "https://login.example", audience: "notes", keys });
  const contract = authorizeByContract({ publicMethods: ["/grpc.health.v1.Health/*"] });
  const server = createServer({
    interceptors: [authenticate(jwt, { publicMethods: contract.isPublic }), contract],
  });
  addHealth(server);
  return server.addService(NoteService, {
    getNote: ({ id }) => ({ text: `what ${id} says` }),
    putNote: () => ({}),
    countNotes: () => ({ count: 1 }),
  });
}
