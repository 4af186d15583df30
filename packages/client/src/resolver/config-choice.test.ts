// Which of the service configs in TXT records is meant for a client.
import { expect, it } from "vitest";
import { chooseServiceConfig, configNameOf } from "./config-choice.js";

const client = { hostname: "shop-1", percentile: 30 };
const record = (...choices: unknown[]): string[] => [`grpc_config=${JSON.stringify(choices)}`];
const config = { loadBalancingPolicy: "round_robin" };

it("stands under a name of its own", () => {
  expect(configNameOf("users.example")).toBe("_grpc_config.users.example");
});

it.each<[string, string[][], unknown]>([
  ["none without records", [], undefined],
  ["none in records of others", [["v=spf1 -all"], ["grpc_confix=[]"]], undefined],
  ["the only one", [record({ serviceConfig: config })], config],
  ["one in pieces", [['grpc_config=[{"serviceConfig":', "{}}]"]], {}],
  ["the first", [record({ serviceConfig: {} }, { serviceConfig: config })], {}],
  [
    "the one for its language",
    [
      record(
        { clientLanguage: ["go"], serviceConfig: {} },
        { clientLanguage: ["NODE"], serviceConfig: config },
      ),
    ],
    config,
  ],
  [
    "the one for its host",
    [
      record(
        { clientHostname: ["shop-2"], serviceConfig: {} },
        { clientHostname: ["shop-1"], serviceConfig: config },
      ),
    ],
    config,
  ],
  [
    "the one for its share of the clients",
    [record({ percentage: 30, serviceConfig: {} }, { percentage: 31, serviceConfig: config })],
    config,
  ],
  ["none for a share of nobody", [record({ percentage: 0, serviceConfig: config })], undefined],
])("%s", (_name, records, expected) => {
  expect(chooseServiceConfig(records, client)).toEqual(expected);
});

it.each([
  ["grpc_config={", "is not JSON"],
  ["grpc_config={}", "holds no list of choices"],
  ["grpc_config=[1]", "grpc_config=[0] is 1; it must be an object"],
  ['grpc_config=[{"percentage":"x"}]', "grpc_config=[0].percentage"],
  ['grpc_config=[{"percentage":101,"serviceConfig":{}}]', "a whole number from 0 to 100"],
  ['grpc_config=[{"percentage":-1,"serviceConfig":{}}]', "grpc_config=[0].percentage is -1"],
  ['grpc_config=[{"percentage":1.5,"serviceConfig":{}}]', "grpc_config=[0].percentage is 1.5"],
  ['grpc_config=[{"clientLanguage":"go","serviceConfig":{}}]', "it must be a list"],
  ['grpc_config=[{"clientHostname":[1],"serviceConfig":{}}]', "it must be a list of strings"],
  ["grpc_config=[{}]", "grpc_config=[0].serviceConfig is missing; it must be an object"],
  ['grpc_config=[{"serviceConfig":[]}]', "grpc_config=[0].serviceConfig is []"],
  [
    'grpc_config=[{"serviceConfig":{}},{"clientRegion":["x"],"serviceConfig":{}}]',
    "[1].clientRegion",
  ],
])("%s is refused", (text, why) => {
  expect(() => chooseServiceConfig([[text]], client)).toThrow(why);
});
