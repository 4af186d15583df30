// The demo of Chat: two participants in a room.
import type { Client } from "@trunkline/client";
import type {
  ChatResponse,
  UserService,
} from "../gen/trunkline/examples/users/v1/user_service_pb.js";
import { chapter, tell } from "./narrator.js";

type Participant = ReturnType<Client<typeof UserService>["chat"]["open"]>;

/** Shows two bidirectional streams that meet in a room. */
export async function tellChat(users: Client<typeof UserService>): Promise<void> {
  chapter("Chat (bidirectional)");
  const ada = await enter(users, "Ada");
  const bo = await enter(users, "Bo");
  await say(ada, "Is this the room for engines?");
  const question = describe((await bo.messages.next()).value!);
  await say(bo, "It is. Come in.");
  ada.closeSend();
  tell(`Ada was shown: ${(await readRest(ada)).join(" | ")}`);
  bo.closeSend();
  tell(`Bo was shown: ${[question, ...(await readRest(bo))].join(" | ")}`);
}

async function enter(users: Client<typeof UserService>, name: string): Promise<Participant> {
  const participant = users.chat.open();
  await participant.send({ action: { case: "join", value: { room: "engines", name } } });
  await participant.messages.next();
  return participant;
}

async function say(participant: Participant, text: string): Promise<void> {
  await participant.send({ action: { case: "text", value: { text } } });
}

async function readRest({ messages }: Participant): Promise<string[]> {
  const shown: string[] = [];
  for await (const message of messages) shown.push(describe(message));
  return shown;
}

function describe({ sender, event }: ChatResponse): string {
  return event.case === "text" ? `${sender}: ${event.value.text}` : `${sender} ${event.case}`;
}
