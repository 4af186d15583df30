// What a method demands of its callers, and whether a caller has it.
import { Code, type Principal, RpcError, UsageError } from "@trunkline/core";

/** What is demanded of callers, all of it together. An empty rule is an error: say `public` or `authenticated`. */
export interface AccessInit {
  /** Anybody may call. Goes with none of the others. Default false. */
  readonly public?: boolean | undefined;
  /** Whoever is known may call; implied by the others. Default false. */
  readonly authenticated?: boolean | undefined;
  /** One of these roles. Default: none is needed. */
  readonly roles?: readonly string[] | undefined;
  /** All of these scopes. Default: none is needed. */
  readonly scopes?: readonly string[] | undefined;
  /** All of these permissions. Default: none is needed. */
  readonly permissions?: readonly string[] | undefined;
}

/** The permissions of a principal. */
export type PermissionsOf = (principal: Principal) => readonly string[];

/** The claim `permissions`, if it is a list of texts. */
export const claimedPermissions: PermissionsOf = ({ claims }) => {
  const { permissions } = claims;
  return Array.isArray(permissions) ? permissions.filter((one) => typeof one === "string") : [];
};

/** See the file's first line. */
export class AccessRule {
  readonly isPublic: boolean;
  readonly #roles: readonly string[];
  readonly #scopes: readonly string[];
  readonly #permissions: readonly string[];

  /** @throws {UsageError} when the rule says nothing, contradicts itself, or has an empty name. */
  constructor(where: string, init: AccessInit) {
    const { roles = [], scopes = [], permissions = [], authenticated = false } = init;
    for (const [what, names] of Object.entries({ roles, scopes, permissions })) {
      checkNames(`${where}: ${what}`, names);
    }
    const demands = roles.length + scopes.length + permissions.length + Number(authenticated);
    this.isPublic = init.public === true;
    if (this.isPublic && demands > 0) {
      throw new UsageError(`${where} is public, and demands something all the same`);
    }
    if (!this.isPublic && demands === 0) {
      throw new UsageError(`${where} says nothing: it needs public, authenticated, or a demand`);
    }
    this.#roles = [...roles];
    this.#scopes = [...scopes];
    this.#permissions = [...permissions];
  }

  /**
   * Why a caller may not call `path`; undefined: it may. The text says what is missing, which the contract tells anybody.
   */
  refuse(
    path: string,
    who: Principal | undefined,
    permissionsOf: PermissionsOf,
  ): RpcError | undefined {
    if (this.isPublic) return undefined;
    if (who === undefined) {
      return new RpcError(Code.UNAUTHENTICATED, `${path} is for callers who are known`);
    }
    const missing = this.#missingOf(who, permissionsOf);
    if (missing === undefined) return undefined;
    return new RpcError(Code.PERMISSION_DENIED, `${path} needs ${missing}, which the caller lacks`);
  }

  #missingOf(who: Principal, permissionsOf: PermissionsOf): string | undefined {
    const roles = this.#roles;
    if (roles.length > 0 && !roles.some((role) => has(who, role, rolesOf))) {
      return roles.length === 1 ? `the role ${roles[0]}` : `one of the roles ${roles.join(", ")}`;
    }
    const scope = this.#scopes.find((one) => !has(who, one, scopesOf));
    if (scope !== undefined) return `the scope ${scope}`;
    const permission = this.#permissions.find((one) => !has(who, one, permissionsOf));
    return permission === undefined ? undefined : `the permission ${permission}`;
  }
}

const rolesOf: PermissionsOf = ({ roles }) => roles;
const scopesOf: PermissionsOf = ({ scopes }) => scopes;

/** What any of the caller's identities has, the caller has. */
function has(who: Principal, name: string, namesOf: PermissionsOf): boolean {
  return namesOf(who).includes(name) || who.others.some((other) => namesOf(other).includes(name));
}

function checkNames(what: string, names: unknown): void {
  const isGood =
    Array.isArray(names) && names.every((name) => typeof name === "string" && name !== "");
  if (!isGood) throw new UsageError(`${what} must be a list of names, none of them empty`);
}
