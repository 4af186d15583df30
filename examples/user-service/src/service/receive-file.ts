// UploadFile: metadata first, then chunks; and nothing stays behind unless all of it was right.
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ServerCall } from "@trunkline/server";
import { invalidField } from "../domain/failures.js";
import { checkArrived, fileTooLarge, sizeMismatch } from "../domain/file-rules.js";
import type {
  FileMetadata,
  UploadFileRequest,
  UploadFileResponseSchema,
} from "../gen/trunkline/examples/files/v1/file_service_pb.js";
import type { FileStore } from "../storage/file-store.js";
import type { FileUpload } from "../storage/file-upload.js";

/** Where files go, and how large they may be. */
export interface FileIntake {
  readonly files: FileStore;
  readonly maxFileBytes: number;
}

/** Receives one file. */
export async function receiveFile(
  intake: FileIntake,
  requests: AsyncIterable<UploadFileRequest>,
  call: ServerCall,
): Promise<MessageInitShape<typeof UploadFileResponseSchema>> {
  const file = new IncomingFile(intake);
  try {
    for await (const { part } of requests) await file.accept(part);
    const { id, size, sha256 } = await file.finish();
    // The client has gone and will never learn the id: the file would be nobody's.
    call.signal.throwIfAborted();
    await file.keep(sha256);
    return { id, size: BigInt(size), sha256 };
  } catch (error) {
    // If this fails, too, the file stays invisible and is removed with abandoned uploads.
    await file.discard().catch(() => {});
    throw error;
  }
}

class IncomingFile {
  readonly #intake: FileIntake;
  #metadata: FileMetadata | undefined;
  #upload: FileUpload | undefined;

  constructor(intake: FileIntake) {
    this.#intake = intake;
  }

  async accept(part: UploadFileRequest["part"]): Promise<void> {
    if (part.case === "metadata") return this.#begin(part.value);
    // The contract requires one of the two.
    return this.#append(part.value as Uint8Array);
  }

  async finish(): Promise<{ id: string; size: number; sha256: string }> {
    if (this.#upload === undefined || this.#metadata === undefined) {
      throw invalidField("metadata", "is required");
    }
    const sha256 = await this.#upload.finish();
    checkArrived(this.#metadata, this.#upload.size, sha256);
    return { id: this.#upload.id, size: this.#upload.size, sha256 };
  }

  async keep(sha256: string): Promise<void> {
    await this.#upload?.complete(sha256);
  }

  async discard(): Promise<void> {
    await this.#upload?.discard();
  }

  async #begin(metadata: FileMetadata): Promise<void> {
    if (this.#metadata !== undefined) throw invalidField("metadata", "is sent a second time");
    const { files, maxFileBytes } = this.#intake;
    if (metadata.size !== undefined && metadata.size > maxFileBytes) {
      throw fileTooLarge(metadata.size, maxFileBytes, "is announced with");
    }
    this.#metadata = metadata;
    this.#upload = await files.begin(metadata);
  }

  async #append(chunk: Uint8Array): Promise<void> {
    if (this.#upload === undefined) throw invalidField("chunk", "comes before the metadata");
    const size = this.#upload.size + chunk.length;
    const announced = this.#metadata?.size;
    if (announced !== undefined && size > announced) {
      throw sizeMismatch(announced, `at least ${size} bytes arrived`);
    }
    if (size > this.#intake.maxFileBytes) {
      throw fileTooLarge(size, this.#intake.maxFileBytes, "has at least");
    }
    await this.#upload.append(chunk);
  }
}
