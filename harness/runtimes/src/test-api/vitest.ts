// What a compiled test finds under the name `vitest` where the runtime's own runner runs it.
import { noteRuntime } from "./journal.js";

export { expect } from "./expect.js";
export {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  it,
  it as test,
} from "./suite.js";
export { vi } from "./vi.js";

noteRuntime();
