// Service configs in DNS: TXT records with a list of choices, of which a client takes the first that is meant for it (gRFC A2).
import { UsageError } from "@trunkline/core";
import { Fields } from "../service-config/field.js";

const attribute = "grpc_config=";

/** What a client is asked about itself. */
export interface ConfigClient {
  readonly hostname: string;
  /** 0 to below 100: the same for the life of a channel, so that its config does not come and go. */
  readonly percentile: number;
}

/** The name under which a host's TXT records with service configs stand. */
export function configNameOf(host: string): string {
  return `_grpc_config.${host}`;
}

/**
 * The service config that the records hold for this client.
 * @param records each with its pieces, as DNS gives them.
 * @returns the config as JSON; undefined when there is none for it.
 * @throws {UsageError} when a record cannot be read.
 */
export function chooseServiceConfig(
  records: readonly (readonly string[])[],
  client: ConfigClient,
): unknown {
  const choices = records
    .map((pieces) => pieces.join(""))
    .filter((text) => text.startsWith(attribute))
    .flatMap((text) => parseChoices(text.slice(attribute.length)));
  const chosen = choices
    .map((choice, i) => new Fields(choice, `${attribute}[${i}]`))
    .find((choice) => isMeantFor(choice, client));
  return chosen?.get("serviceConfig");
}

function parseChoices(text: string): readonly unknown[] {
  let choices: unknown;
  try {
    choices = JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`the TXT record ${attribute} is not JSON: ${(cause as Error).message}`);
  }
  if (!Array.isArray(choices)) {
    throw new UsageError(`the TXT record ${attribute} holds no list of choices: ${text}`);
  }
  return choices;
}

function isMeantFor(choice: Fields, client: ConfigClient): boolean {
  const languages = choice.list("clientLanguage");
  const hosts = choice.list("clientHostname");
  const percentage = choice.integer("percentage", 0) ?? 100;
  const speaksIt = (language: unknown): boolean => /^(node|javascript)$/i.test(String(language));
  return (
    (languages.length === 0 || languages.some(speaksIt)) &&
    (hosts.length === 0 || hosts.includes(client.hostname)) &&
    client.percentile < percentage
  );
}
