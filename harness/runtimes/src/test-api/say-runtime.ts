// Vitest runs this before each file: the process writes down what runs it.
import { noteRuntime } from "./journal.js";

noteRuntime();
