/**
 * What must be one step in Redis. The lease's value is `<nodeId> <epoch>`.
 */

/** KEYS lease, epoch; ARGV nodeId, ttlMs → {1, epoch} when taken, {0, holder} when another holds it. */
export const CLAIM = `
local holder = redis.call('GET', KEYS[1])
if holder and string.match(holder, '^(%S+)') ~= ARGV[1] then return {0, holder} end
local epoch = redis.call('INCR', KEYS[2])
redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. epoch, 'PX', ARGV[2])
return {1, epoch}`;

/** KEYS lease; ARGV value, ttlMs → 1 renewed; 0 another holds it. One that ran out with nobody after it is taken up again. */
export const RENEW = `
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
if not holder and redis.call('GET', KEYS[2]) ~= string.match(ARGV[1], '(%d+)$') then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`;

/** KEYS lease; ARGV value */
export const RELEASE = `
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`;

/**
 * KEYS lease, epoch, log; ARGV value, ttlMs, seq, payload, channel, maxlen, gap allowed → {1} logged, {2} was logged
 * already, {0} fenced out, {-1} the number is taken by another event, {-2, last} the events between are missing. The epoch counter, not the lease's life, decides: a lease that ran out
 * while Redis was away still holds if nobody came after.
 */
export const APPEND = `
local epoch = string.match(ARGV[1], '(%d+)$')
local current = redis.call('GET', KEYS[2])
if current and tonumber(current) > tonumber(epoch) then return {0} end
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return {0} end
local last = redis.call('XREVRANGE', KEYS[3], '+', '-', 'COUNT', 1)
local lastSeq = last[1] and tonumber(string.match(last[1][1], '^(%d+)')) or 0
if lastSeq >= tonumber(ARGV[3]) then
  local found = redis.call('XRANGE', KEYS[3], ARGV[3], ARGV[3])
  if found[1] and found[1][2][2] == ARGV[4] then return {2} end
  return {-1}
end
if lastSeq + 1 < tonumber(ARGV[3]) and ARGV[7] == '0' then return {-2, lastSeq} end
if not holder then redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end
if not current then redis.call('SET', KEYS[2], epoch) end
redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[6], ARGV[3] .. '-0', 'e', ARGV[4])
redis.call('PUBLISH', ARGV[5], ARGV[4])
return {1}`;

/** KEYS lease, target; ARGV value, command, argument → 1 done, 0 fenced out. */
export const IF_HELD = `
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
if ARGV[2] == 'SET' then redis.call('SET', KEYS[2], ARGV[3]) end
if ARGV[2] == 'TRIM' then redis.call('XTRIM', KEYS[2], 'MINID', ARGV[3] .. '-0') end
return 1`;
