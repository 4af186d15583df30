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
    .flatMap((text) => parseChoices(text.slice(attribute.length)))
    .map((choice, i) => parseChoice(new Fields(choice, `${attribute}[${i}]`)));
  return choices.find((choice) => isMeantFor(choice, client))?.serviceConfig;
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

/** One entry of the list: for whom, and what. */
interface Choice {
  readonly languages: readonly string[];
  readonly hostnames: readonly string[];
  readonly percentage: number;
  readonly serviceConfig: unknown;
}

const fieldNames: readonly string[] = [
  "clientLanguage",
  "clientHostname",
  "percentage",
  "serviceConfig",
];

/** One that is not valid makes the whole list so, whoever it was for. */
function parseChoice(fields: Fields): Choice {
  const unknown = fields.names.find((name) => !fieldNames.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`${fields.at(unknown)} is not known; known are ${fieldNames.join(", ")}`);
  }
  const percentage = fields.integer("percentage", 0) ?? 100;
  if (percentage > 100) {
    fields.refuse("percentage", "a whole number from 0 to 100");
  }
  if (fields.object("serviceConfig") === undefined) {
    fields.refuse("serviceConfig", "an object");
  }
  return {
    languages: parseTexts(fields, "clientLanguage"),
    hostnames: parseTexts(fields, "clientHostname"),
    percentage,
    serviceConfig: fields.get("serviceConfig"),
  };
}

function parseTexts(fields: Fields, name: string): readonly string[] {
  return fields.list(name).map((text) => {
    return typeof text === "string" ? text : fields.refuse(name, "a list of strings");
  });
}

/** Fields that are not there, or empty, match everybody. */
function isMeantFor({ languages, hostnames, percentage }: Choice, client: ConfigClient): boolean {
  return (
    (languages.length === 0 || languages.some((name) => /^(node|javascript)$/i.test(name))) &&
    (hostnames.length === 0 || hostnames.includes(client.hostname)) &&
    client.percentile < percentage
  );
}
