// Whether this platform lets code be generated from strings, found out by trying once.

let allowed: boolean | undefined;

/** False under a content security policy without unsafe-eval, on some edge platforms, and so on. */
export function canGenerateCode(): boolean {
  allowed ??= tryToGenerate();
  return allowed;
}

function tryToGenerate(): boolean {
  try {
    return new Function("return true")() === true;
  } catch {
    return false;
  }
}
