// The whole service on the embedded database.
import { describeService } from "./suites/all-suites.js";
import { openEmbedded } from "./test-databases.js";

describeService("the user service on PGlite", openEmbedded);
