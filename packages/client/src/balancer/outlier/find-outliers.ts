// The two ways to find outliers among addresses (gRFC A50): by success rate, and by share of failures.
import type { EjectionRule, FailurePercentageRule, SuccessRateRule } from "./outlier-config.js";
import type { TrackedAddress } from "./tracked-address.js";

/** Those with enough calls; none when they are too few to compare. */
function judged(addresses: readonly TrackedAddress[], rule: EjectionRule): TrackedAddress[] {
  const judgeable = addresses.filter((address) => address.volume >= rule.requestVolume);
  return judgeable.length < rule.minimumHosts || judgeable.length === 0 ? [] : judgeable;
}

/** Those whose success rate is below the mean by more than the rule's standard deviations. */
export function findBySuccessRate(
  addresses: readonly TrackedAddress[],
  rule: SuccessRateRule,
): TrackedAddress[] {
  const candidates = judged(addresses, rule);
  const rates = candidates.map(({ successes, volume }) => successes / volume);
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
  const variance = rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0) / rates.length;
  const threshold = mean - Math.sqrt(variance) * (rule.stdevFactor / 1000);
  return candidates.filter((_, i) => (rates[i] ?? 1) < threshold);
}

/** Those that fail more than the rule's share of their calls. */
export function findByFailures(
  addresses: readonly TrackedAddress[],
  rule: FailurePercentageRule,
): TrackedAddress[] {
  return judged(addresses, rule).filter(
    ({ failures, volume }) => (100 * failures) / volume > rule.threshold,
  );
}
