// Puts the layers together: storage, feed, services, server. What main, demo and the tests start.
import { validate } from "@trunkline/plugins/validate";
import {
  createServer,
  type Server,
  type ServerOptions,
  type ShutdownOptions,
  type ShutdownReport,
} from "@trunkline/server";
import { addChannelz } from "@trunkline/server/channelz";
import { addHealth } from "@trunkline/server/health";
import { type Access, addReflection } from "@trunkline/server/reflection";
import { createPageTokens } from "./domain/page-token.js";
import { ChatRooms } from "./feed/chat-rooms.js";
import { EventFeed, type FeedListener } from "./feed/event-feed.js";
import { Watchers } from "./feed/watchers.js";
import { FileService } from "./gen/trunkline/examples/files/v1/file_service_pb.js";
import { UserService } from "./gen/trunkline/examples/users/v1/user_service_pb.js";
import { createFileService } from "./service/file-service.js";
import { createUserService } from "./service/user-service.js";
import type { Openness } from "./settings/config.js";
import type { Database } from "./storage/driver/database.js";
import { EventLog, eventChannel } from "./storage/event-log.js";
import { FileStore } from "./storage/file-store.js";
import { readSecret } from "./storage/secrets.js";
import { startUpkeep } from "./storage/upkeep.js";
import { createPageReader } from "./storage/user-pages.js";
import { UserStore } from "./storage/user-store.js";

/** What an application is made of. */
export interface ApplicationOptions {
  /** An open database; it stays the caller's to close. */
  readonly database: Database;
  /** The largest file that may be uploaded, in bytes. Default 64 MiB. */
  readonly maxFileBytes?: number | undefined;
  /** Seals page tokens. Default: a secret that the servers of one database share. */
  readonly pageTokenSecret?: string | undefined;
  /** Who may ask which services there are. Default `on`. */
  readonly reflection?: Openness | undefined;
  /** Who may ask for the connections of the server. Default `off`. */
  readonly channelz?: Openness | undefined;
  /** Interceptors, observers, limits and log of the server. Default: requests are held against their contract, no more. */
  readonly serverOptions?: ServerOptions | undefined;
}

/** A running application. */
export interface UserApplication {
  /** Has all services, and listens once it is told to. */
  readonly server: Server;
  /** Health says NOT_SERVING; after `lameDuckMs` streams end that would never end, other calls finish, and the server stops. */
  close(options: ShutdownOptions): Promise<ShutdownReport>;
}

const defaultMaxFileBytes = 64 * 1024 * 1024;

/** Makes an application that is ready to listen. */
export async function createUserApplication(options: ApplicationOptions): Promise<UserApplication> {
  const { database, maxFileBytes = defaultMaxFileBytes } = options;
  const { sql } = database;
  const log = new EventLog(sql);
  const watchers = new Watchers(log);
  const rooms = new ChatRooms(log);
  const feed = await startFeed(database, log, { user: watchers, chat: rooms });

  const users = new UserStore(sql);
  const files = new FileStore(sql);
  const tokens = createPageTokens(await findSecret(options));
  const parts = { users, readPage: createPageReader(sql), tokens, watchers, rooms };
  const { serverOptions = { interceptors: [validate()] } } = options;
  const server = createServer(serverOptions);
  server.addService(UserService, createUserService(parts));
  server.addService(FileService, createFileService(files, maxFileBytes));
  addHealth(server);
  addReflection(server, { allow: toAccess(options.reflection ?? "on") });
  addChannelz(server, { allow: toAccess(options.channelz ?? "off") });

  const upkeep = startUpkeep(log, files);
  return {
    server,
    async close(options) {
      const endStreams = (): void => {
        watchers.stop();
        rooms.stop();
      };
      // Without time for calls to finish there is none for hooks.
      if (options.graceMs === 0) endStreams();
      const report = await server.shutdown({
        ...options,
        before: [...(options.before ?? []), { name: "endless streams", run: endStreams }],
      });
      await rooms.settle();
      await feed.close();
      await upkeep.stop();
      return report;
    },
  };
}

function toAccess(openness: Openness): Access {
  return openness === "development" ? openness : openness === "on";
}

async function startFeed(
  database: Database,
  log: EventLog,
  listeners: Readonly<Record<string, FeedListener>>,
): Promise<EventFeed> {
  const feed = new EventFeed(log, new Map(Object.entries(listeners)));
  await feed.start();
  await database.listen(eventChannel, () => feed.wake());
  // For what was logged between the two.
  feed.wake();
  return feed;
}

async function findSecret(options: ApplicationOptions): Promise<Uint8Array> {
  if (options.pageTokenSecret !== undefined) return Buffer.from(options.pageTokenSecret);
  return readSecret(options.database.sql, "page-tokens");
}
