// Answers one reflection request; v1 and v1alpha differ in nothing but their package.
import { Code, RpcError } from "@trunkline/core";
import type { DescriptorIndex, IndexedFile } from "./descriptor-index.js";

/** What is asked, as both versions spell it. */
export type Question =
  | { readonly case: "listServices"; readonly value: string }
  | { readonly case: "fileByFilename"; readonly value: string }
  | { readonly case: "fileContainingSymbol"; readonly value: string }
  | { readonly case: "allExtensionNumbersOfType"; readonly value: string }
  | {
      readonly case: "fileContainingExtension";
      readonly value: { readonly containingType: string; readonly extensionNumber: number };
    }
  | { readonly case: undefined; readonly value?: undefined };

/** What is answered, as both versions spell it. */
export type Answer =
  | { case: "listServicesResponse"; value: { service: { name: string }[] } }
  | { case: "fileDescriptorResponse"; value: { fileDescriptorProto: Uint8Array<ArrayBuffer>[] } }
  | {
      case: "allExtensionNumbersResponse";
      value: { baseTypeName: string; extensionNumber: number[] };
    }
  | { case: "errorResponse"; value: { errorCode: number; errorMessage: string } };

/**
 * Answers one question.
 * @param sent the files that this client has got already; those sent now are added.
 * @throws {RpcError} INVALID_ARGUMENT when nothing is asked.
 */
export function answerQuestion(
  question: Question,
  index: DescriptorIndex,
  sent: Set<IndexedFile>,
): Answer {
  switch (question.case) {
    case "listServices":
      return {
        case: "listServicesResponse",
        value: { service: index.serviceNames.map((name) => ({ name })) },
      };
    case "fileByFilename":
      return files(index.findFile(question.value), `file ${question.value}`, sent);
    case "fileContainingSymbol":
      return files(index.findSymbol(question.value), `symbol ${question.value}`, sent);
    case "fileContainingExtension": {
      const { containingType, extensionNumber } = question.value;
      const file = index.findExtension(containingType, extensionNumber);
      return files(file, `extension ${extensionNumber} of ${containingType}`, sent);
    }
    case "allExtensionNumbersOfType":
      return extensionNumbers(question.value, index);
    default:
      throw new RpcError(Code.INVALID_ARGUMENT, "the reflection request asks for nothing");
  }
}

function extensionNumbers(baseTypeName: string, index: DescriptorIndex): Answer {
  const extensionNumber = index.extensionNumbers(baseTypeName);
  if (extensionNumber === undefined) return notFound(`message ${baseTypeName}`);
  return { case: "allExtensionNumbersResponse", value: { baseTypeName, extensionNumber } };
}

/** The file, and of those that it needs the ones which the client has not got yet. */
function files(file: IndexedFile | undefined, wanted: string, sent: Set<IndexedFile>): Answer {
  if (file === undefined) return notFound(wanted);
  const found = [file];
  sent.add(file);
  for (const next of found) {
    for (const imported of next.imports) {
      if (sent.has(imported)) continue;
      sent.add(imported);
      found.push(imported);
    }
  }
  const fileDescriptorProto = found.map(({ bytes }) => bytes);
  return { case: "fileDescriptorResponse", value: { fileDescriptorProto } };
}

function notFound(wanted: string): Answer {
  const errorMessage = `${wanted} is not known to this server`;
  return { case: "errorResponse", value: { errorCode: Code.NOT_FOUND, errorMessage } };
}
