// One participant: a call of Chat, and the room it is in.
//
//   outside --join--> entering --own `joined`--> inside --own `left`--> outside
//
// A participant is shown what comes between its own `joined` and its own `left` in the log.
import { randomUUID } from "node:crypto";
import { Code, RpcError } from "@trunkline/core";
import { Mailbox } from "../domain/mailbox.js";
import type { ChatResponse } from "../gen/trunkline/examples/users/v1/user_service_pb.js";

/** What the log holds about an event of a room. */
export interface ChatBody {
  readonly sender: string;
  readonly senderId: string;
  readonly text: string;
}

/** What a seat needs of the rooms. */
export interface SeatHost {
  say(room: string, kind: "joined" | "text" | "left", body: ChatBody): Promise<void>;
  enter(room: string, seat: ChatSeat): void;
  exit(room: string, seat: ChatSeat): void;
}

const maxWaitingEvents = 256;

/** One participant. Its actions are to be called one after the other. */
export class ChatSeat {
  /** What the client is to get. */
  readonly mailbox: Mailbox<ChatResponse> = new Mailbox(maxWaitingEvents);
  readonly #id = randomUUID();
  readonly #host: SeatHost;
  #state: "outside" | "entering" | "inside" = "outside";
  #room = "";
  #name = "";
  #isLeaving = false;
  #exited: () => void = () => {};
  #lastSaid: Promise<void> = Promise.resolve();

  constructor(host: SeatHost) {
    this.#host = host;
  }

  /** @throws {RpcError} FAILED_PRECONDITION while in a room. */
  async join(room: string, name: string): Promise<void> {
    if (this.#state !== "outside") throw wrongState(`leave the room "${this.#room}" first`);
    this.#state = "entering";
    this.#room = room;
    this.#name = name;
    this.#host.enter(room, this);
    await this.#say("joined");
  }

  /** @throws {RpcError} FAILED_PRECONDITION while in no room. */
  async say(text: string): Promise<void> {
    if (this.#state === "outside") throw wrongState("join a room before you say something");
    await this.#say("text", text);
  }

  /**
   * Fulfilled when the participant has been shown everything said before it left.
   * @throws {RpcError} FAILED_PRECONDITION while in no room.
   */
  async leave(): Promise<void> {
    if (this.#state === "outside") throw wrongState("there is no room to leave");
    const exited = new Promise<void>((resolve) => {
      this.#exited = resolve;
    });
    this.#isLeaving = true;
    await this.#say("left");
    await exited;
  }

  /** The client has ended its side: leaves the room, if in one, and ends the call. */
  async finish(): Promise<void> {
    if (this.#state !== "outside") await this.leave();
    this.mailbox.end();
  }

  /** Shows the participant an event of its room. */
  deliver(response: ChatResponse): void {
    const isOwn = response.senderId === this.#id;
    if (isOwn && response.event.case === "joined") this.#state = "inside";
    if (this.#state === "entering") return;
    const hasRoom = this.mailbox.put(response);
    if (isOwn && response.event.case === "left") this.#exit();
    if (hasRoom) return;
    const reason = `${maxWaitingEvents} events wait for this participant to read them`;
    this.mailbox.fail(new RpcError(Code.RESOURCE_EXHAUSTED, reason));
  }

  /** The call is over, well or not: whoever has not left does so now. */
  async close(): Promise<void> {
    const mustSayLeft = this.#state !== "outside" && !this.#isLeaving;
    this.mailbox.end();
    this.#exit();
    if (mustSayLeft) await this.#say("left");
    await this.#lastSaid;
  }

  #exit(): void {
    this.#state = "outside";
    this.#isLeaving = false;
    this.#host.exit(this.#room, this);
    this.#exited();
  }

  // One after the other, so that nobody sees a participant leave before it has come.
  #say(kind: "joined" | "text" | "left", text = ""): Promise<void> {
    const room = this.#room;
    const body = { sender: this.#name, senderId: this.#id, text };
    const said = this.#lastSaid.then(() => this.#host.say(room, kind, body));
    this.#lastSaid = said.catch(() => {});
    return said;
  }
}

function wrongState(message: string): RpcError {
  return new RpcError(Code.FAILED_PRECONDITION, message);
}
