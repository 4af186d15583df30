// The interceptor that holds each call against what its contract says, and lets nothing pass that nobody has spoken of.
import type { DescMethod, DescService } from "@bufbuild/protobuf";
import {
  Code,
  checkArray,
  checkFunction,
  describeValue,
  guard,
  type Interceptor,
  type Log,
  type MethodChoice,
  MethodSet,
  methodPath,
  perMethod,
  principal,
  processLog,
  RpcError,
  UsageError,
} from "@trunkline/core";
import {
  type AccessInit,
  AccessRule,
  claimedPermissions,
  type PermissionsOf,
} from "./access-rule.js";
import { readContractRule } from "./contract-access.js";

/** What some methods demand whose contract says nothing. */
export interface AccessForMethods {
  /** Services and methods: descriptors, `/package.Service/Method` or `/package.Service/*`. */
  readonly methods: readonly MethodChoice[];
  /** What they demand. */
  readonly access: AccessInit;
}

/** Options of `authorizeByContract`. */
export interface ContractOptions {
  /**
   * Services and methods that anybody may call although their contract says nothing: descriptors, `/package.Service/Method` or
   * `/package.Service/*`. Default: none, health and reflection included.
   */
  readonly publicMethods?: readonly MethodChoice[] | undefined;
  /** What methods demand whose contract says nothing; the first that names a method counts. Default: none. */
  readonly rules?: readonly AccessForMethods[] | undefined;
  /**
   * What becomes of methods that nobody has spoken of: `"error"` has `addService` throw a UsageError that names them; `"deny"` has
   * calls of them fail with PERMISSION_DENIED, and the log is told once. Default `"error"`.
   */
  readonly unprotected?: "error" | "deny" | undefined;
  /** The permissions of a principal. Default: the claim `permissions`, if it is a list of texts. */
  readonly permissionsOf?: PermissionsOf | undefined;
  /** Hears of methods that are denied because nobody has spoken of them. Default: the process's log. */
  readonly log?: Log | undefined;
}

/** Holds calls against their contract; goes among a server's interceptors, behind `authenticate`. */
export interface ContractAuthorization extends Interceptor {
  /** Whether anybody may call a method, for the option `publicMethods` of `authenticate`. */
  readonly isPublic: (method: DescMethod) => boolean;
}

/**
 * Holds each call of each kind against what the contract says of its method (`trunkline/auth/v1/options.proto`). Callers that are
 * not known fail with UNAUTHENTICATED, those that lack something with PERMISSION_DENIED, before the handler runs. Methods
 * that neither the contract nor the options speak of are an error when their service is added; calls of `unknownMethod` are
 * denied unless the options name them.
 * @throws {UsageError} when an option cannot be used.
 * @example
 * const contract = authorizeByContract({ publicMethods: ["/grpc.health.v1.Health/*"] });
 * createServer({ interceptors: [authenticate(jwt, { publicMethods: contract.isPublic }), contract] });
 */
export function authorizeByContract(options: ContractOptions = {}): ContractAuthorization {
  const book = new RuleBook(options);
  const permissionsOf = options.permissionsOf ?? claimedPermissions;
  const intercept = perMethod((method) => {
    const rule = book.ruleFor(method);
    if (rule?.isPublic) return undefined;
    const path = methodPath(method);
    return guard((call) => {
      const refusal =
        rule === undefined
          ? new RpcError(Code.PERMISSION_DENIED, `nobody has said who may call ${path}`)
          : rule.refuse(path, call.context.get(principal), permissionsOf);
      if (refusal !== undefined) throw refusal;
    });
  });
  return Object.assign(intercept, {
    isPublic: (method: DescMethod): boolean => book.find(method)?.isPublic === true,
  });
}

/** The rules of methods: of the contract, else of the options; found once for each descriptor. */
class RuleBook {
  readonly #known = new WeakMap<DescMethod, AccessRule | null>();
  readonly #given: readonly { readonly methods: MethodSet; readonly rule: AccessRule }[];
  readonly #missed = new WeakSet<DescService>();
  readonly #denies: boolean;
  readonly #log: Log;

  constructor(options: ContractOptions) {
    const { publicMethods = [], rules = [], unprotected = "error" } = options;
    checkArray("rules", rules);
    checkFunction("permissionsOf", options.permissionsOf);
    if (unprotected !== "error" && unprotected !== "deny") {
      throw new UsageError(
        `option unprotected is ${describeValue(unprotected)}; it must be "error" or "deny"`,
      );
    }
    const open = new AccessRule("option publicMethods", { public: true });
    this.#given = [
      { methods: new MethodSet("publicMethods", publicMethods), rule: open },
      ...rules.map(({ methods, access }, at) => ({
        methods: new MethodSet(`rules[${at}].methods`, methods),
        rule: new AccessRule(`option rules[${at}]`, access),
      })),
    ];
    this.#denies = unprotected === "deny";
    this.#log = options.log ?? processLog;
  }

  find(method: DescMethod): AccessRule | undefined {
    let rule = this.#known.get(method);
    if (rule === undefined) {
      rule = this.#read(method) ?? null;
      this.#known.set(method, rule);
    }
    return rule ?? undefined;
  }

  /**
   * The rule of a method that a server gets; undefined: its calls are denied.
   * @throws {UsageError} when the rule cannot be used, or there is none and that is an error.
   */
  ruleFor(method: DescMethod): AccessRule | undefined {
    const rule = this.find(method);
    // Paths that strangers make up are no affair of the operator's.
    if (rule === undefined && isDeclared(method.parent)) this.#miss(method.parent);
    return rule;
  }

  #miss(service: DescService): void {
    const methods = service.methods.filter((one) => this.find(one) === undefined).map(methodPath);
    if (!this.#denies) {
      throw new UsageError(
        `nobody has said who may call ${methods.join(", ")}: say it in the contract (trunkline.auth.v1), or in the options publicMethods or rules of authorizeByContract`,
      );
    }
    if (this.#missed.has(service)) return;
    this.#missed.add(service);
    const text = "nobody has said who may call these methods: their calls are denied";
    this.#log.warn(text, { methods });
  }

  #read(method: DescMethod): AccessRule | undefined {
    const given = this.#given.filter(({ methods }) => methods.has(method));
    const rule = isDeclared(method.parent) ? readContractRule(method) : undefined;
    if (rule !== undefined && given.some(({ methods }) => methods.names(method))) {
      const path = methodPath(method);
      throw new UsageError(
        `the options of authorizeByContract name ${path}, but its contract says already who may call it`,
      );
    }
    return rule ?? given[0]?.rule;
  }
}

/** Services of which only a path is known have no contract. */
function isDeclared(service: Partial<DescService>): boolean {
  return service.proto !== undefined;
}
