// The whole service on a PostgreSQL server: `node harness/postgres/start.js npx vitest run ...`.
import { describe } from "vitest";
import { describeService } from "./suites/all-suites.js";
import { openOnServer } from "./test-databases.js";

const url = process.env.DATABASE_URL_TEST;

if (url) describeService("the user service on PostgreSQL", () => openOnServer(url));
else describe.todo("the user service on PostgreSQL: DATABASE_URL_TEST names no server");
