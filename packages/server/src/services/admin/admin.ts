// Everything that an operator asks of a server, added in one call (gRFC A38).
import type { Server } from "../../server.js";
import type { Access } from "../access.js";
import { addChannelz, type Channelz } from "../channelz/channelz.js";
import { addHealth, type Health } from "../health/health.js";
import type { ServerLoad } from "../orca/load-metrics.js";
import { addLoadReporting } from "../orca/load-reporting.js";
import { addReflection } from "../reflection/reflection.js";

/** Options of `addAdminServices`. */
export interface AdminOptions {
  /**
   * Who may use reflection and channelz, which show the inside of the server: `"development"` leaves them out where
   * `NODE_ENV` is `production`, a function decides call by call. Health and load are open to everybody. Default true:
   * whoever reaches the server.
   */
  readonly allow?: Access | undefined;
  /** How busy the server is, to be told on the stream of `OpenRcaService`. Default: that service is left out. */
  readonly load?: ServerLoad | undefined;
  /** Other servers of this process that channelz tells of. Default none. */
  readonly servers?: readonly Server[] | undefined;
}

/** The services that have something to say to the application. */
export interface AdminServices {
  /** Sets the health of services. */
  readonly health: Health;
  /** Takes channels that are to be told of. */
  readonly channelz: Channelz;
}

/**
 * Adds health, reflection (v1 and v1alpha), channelz and, with the option `load`, load reports to a server. Where
 * the port for operators is another than that for clients, add them to a server of its own, with the others in `servers`.
 * @throws {UsageError} when the server has one of the services already, or an option cannot be used.
 * @example
 * const { health } = addAdminServices(server, { allow: "development" });
 */
export function addAdminServices(server: Server, options: AdminOptions = {}): AdminServices {
  const { allow, load, servers } = options;
  const health = addHealth(server);
  const channelz = addChannelz(server, { allow, servers });
  if (load !== undefined) addLoadReporting(server, load);
  addReflection(server, { allow });
  return { health, channelz };
}
