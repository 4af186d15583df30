// What a record counts, and who hears of it.
import { expect, it } from "vitest";
import { Metadata } from "../metadata/metadata.js";
import { type MessageMeter, StreamRecord } from "./call-record.js";

class Sample extends StreamRecord {
  readonly path = "/a.B/C";
  readonly requestMetadata = new Metadata();
  readonly responseHeaders = new Metadata();
  readonly responseTrailers = new Metadata();
}

it("counts without anybody who hears of it", () => {
  const record = new Sample(0);
  record.countSent(10, 5);
  record.countSent(1, 1);
  record.countReceived(3, 2);
  expect(record).toMatchObject({
    sentMessages: 2,
    sentBytes: 11,
    sentWireBytes: 6,
    receivedMessages: 1,
    receivedBytes: 3,
    receivedWireBytes: 2,
  });
});

it.each([1, 2, 3])("tells %i meters of each message from then on", (count) => {
  const record = new Sample(0);
  const told: string[] = [];
  record.countSent(1, 1);
  for (let i = 0; i < count; i++) {
    const meter: MessageMeter = {
      sent: (bytes, wire) => told.push(`${i} sent ${bytes}>${wire}`),
      received: (bytes, wire) => told.push(`${i} received ${bytes}<${wire}`),
    };
    record.addMeter(meter);
  }
  record.countSent(10, 5);
  record.countReceived(3, 2);
  const each = (text: string) => Array.from({ length: count }, (_, i) => `${i} ${text}`);
  expect(told).toEqual([...each("sent 10>5"), ...each("received 3<2")]);
});
