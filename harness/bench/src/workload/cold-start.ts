// One process with a server and a client: how long until the first reply? `cold-start.js PEER_FOLDER`
import type { CreateDriver } from "../peers/driver.js";
import { announce, onListening } from "../peers/sample.js";

const [, , folder] = process.argv;

onListening(async (port) => {
  const { createDriver } = (await import(`${folder}/client.js`)) as { createDriver: CreateDriver };
  await createDriver(port).getUser();
  announce(port);
});
await import(`${folder}/server.js`);
