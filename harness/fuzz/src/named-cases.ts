// Scenarios that once failed, by name, as `formatScenario` writes them; each runs with every test.

/** Name and scenario. */
export const namedCases: readonly (readonly [name: string, scenario: string])[] = [
  [
    "half a HEADERS frame behind a fault must not set a timer on what has ended",
    '{"role":"server","limits":{"streamWindowBytes":1000,"connectionWindowBytes":65535,"maxUnreadBytes":65535},"steps":["bytes 505249202a20485454502f322e300d0a0d0a534d0d0a0d0a00000004000000000000000019dcdc6850e9f0f1040100000000","bytes 00001501040000000183860483606c4740027465864d833505b11f000000"]}',
  ],
];
