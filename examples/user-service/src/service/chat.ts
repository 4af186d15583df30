// Chat: does what the participant asks for on one side, streams what happens in the room on the other.
import type { ServerCall } from "@trunkline/server";
import type { ChatRooms } from "../feed/chat-rooms.js";
import type { ChatSeat } from "../feed/chat-seat.js";
import type {
  ChatRequest,
  ChatResponse,
} from "../gen/trunkline/examples/users/v1/user_service_pb.js";
import { endWithCall } from "./end-with-call.js";

/** Streams the events of the room until the participant has left, or the call ends. */
export async function* chat(
  rooms: ChatRooms,
  requests: AsyncIterable<ChatRequest>,
  call: ServerCall,
): AsyncGenerator<ChatResponse> {
  const seat = rooms.open();
  endWithCall(call, seat.mailbox);
  // Not awaited: reading and answering are independent of each other. It never rejects.
  void readActions(seat, requests);
  try {
    yield* seat.mailbox;
  } finally {
    await rooms.close(seat);
  }
}

async function readActions(seat: ChatSeat, requests: AsyncIterable<ChatRequest>): Promise<void> {
  try {
    for await (const request of requests) await act(seat, request.action);
    await seat.finish();
  } catch (error) {
    seat.mailbox.fail(error);
  }
}

async function act(seat: ChatSeat, action: ChatRequest["action"]): Promise<void> {
  switch (action.case) {
    case "join":
      return seat.join(action.value.room, action.value.name);
    case "text":
      return seat.say(action.value.text);
    // The contract requires one of the three.
    default:
      return seat.leave();
  }
}
