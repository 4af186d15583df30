// `npm run demo`: starts the service on a free port with temporary data, and walks through all RPCs.
import { createChannel, createClient } from "@trunkline/client";
import { tellChat } from "./demo/chat.js";
import { tellFiles } from "./demo/files.js";
import { tellLists } from "./demo/lists.js";
import { tellUsers } from "./demo/users.js";
import { tellWatching } from "./demo/watching.js";
import { FileService } from "./gen/trunkline/examples/files/v1/file_service_pb.js";
import { UserService } from "./gen/trunkline/examples/users/v1/user_service_pb.js";
import { readConfig } from "./settings/config.js";
import { startService } from "./start.js";

try {
  const config = { ...readConfig({}), port: 0, dataDir: undefined };
  const service = await startService(config);
  console.log(`a server on ${service.address}, data in ${service.database.description}`);

  const channel = createChannel(service.address);
  const users = createClient(UserService, channel);
  await tellUsers(users);
  await tellLists(users);
  await tellWatching(users);
  await tellChat(users);
  await tellFiles(createClient(FileService, channel));

  await channel.close();
  await service.stop();
  console.log("\nthe server has stopped");
  process.exit(0);
} catch (error) {
  console.error(error);
  process.exit(1);
}
