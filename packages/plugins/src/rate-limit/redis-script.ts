// What Redis runs for one bucket: the same arithmetic as in this process, in one step and by Redis' own clock.

/**
 * KEYS[1]: the bucket. ARGV: what to take (below 0: to give back), the milliseconds that 1 takes to come back, the burst.
 * Returns two numbers as rate-limiter-flexible wants them: what has been used, more than the burst if nothing was taken, and in
 * how many milliseconds to try again. Whatever is in the bucket, it is full again after a whole burst: clocks that jump do no
 * lasting harm.
 */
export const bucketScript = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local cost, interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local whole = interval * burst
local known = tonumber(redis.call('GET', KEYS[1]) or 0) or 0
local after = math.min(math.max(known, now), now + whole) + cost * interval
local wait = after - whole - now
if wait > 0.001 then
  return {burst + 1, math.max(1, math.ceil(wait))}
end
if after <= now then
  redis.call('DEL', KEYS[1])
  return {0, 0}
end
redis.call('SET', KEYS[1], string.format('%.3f', after), 'PX', math.ceil(after - now))
return {math.ceil((after - now) / interval), math.ceil(after - now)}
` as const;
