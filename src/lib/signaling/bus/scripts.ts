/**
 * What must be one step in Redis. The lease's value is `<nodeId> <epoch>`.
 */

/**
 * Whether a lease still holds. Its epoch decides, not the life of its key: one that ran out while Redis was away holds
 * if nobody came after, and a Redis that came back without its last moments learns the epoch from the holder.
 */
const HOLDS = `
local function holds(leaseKey, epochKey, value, ttlMs)
  local mine = tonumber(string.match(value, '(%d+)$'))
  local counter = tonumber(redis.call('GET', epochKey) or 0)
  if counter > mine then return false end
  local holder = redis.call('GET', leaseKey)
  if holder and holder ~= value and tonumber(string.match(holder, '(%d+)$')) >= mine then return false end
  if counter < mine then redis.call('SET', epochKey, mine) end
  if holder ~= value then redis.call('SET', leaseKey, value, 'PX', ttlMs) end
  return true
end`;

/** KEYS lease, epoch; ARGV nodeId, ttlMs → {1, epoch} when taken, {0, holder} when another holds it. */
export const CLAIM = `
local holder = redis.call('GET', KEYS[1])
if holder and string.match(holder, '^(%S+)') ~= ARGV[1] then return {0, holder} end
local epoch = redis.call('INCR', KEYS[2])
redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. epoch, 'PX', ARGV[2])
return {1, epoch}`;

/** KEYS lease, epoch; ARGV value, ttlMs → 1 renewed; 0 lost. */
export const RENEW = `${HOLDS}
if not holds(KEYS[1], KEYS[2], ARGV[1], ARGV[2]) then return 0 end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1`;

/** KEYS lease; ARGV value */
export const RELEASE = `
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`;

/**
 * KEYS lease, epoch, log; ARGV value, ttlMs, seq, payload, channel, maxlen, gap allowed, keepMs → {1} logged, {2} was
 * logged already, {0} fenced out, {-1} the number is taken by another event, {-2, last} the events between are missing.
 */
export const APPEND = `${HOLDS}
if not holds(KEYS[1], KEYS[2], ARGV[1], ARGV[2]) then return {0} end
local last = redis.call('XREVRANGE', KEYS[3], '+', '-', 'COUNT', 1)
local lastSeq = last[1] and tonumber(string.match(last[1][1], '^(%d+)')) or 0
if lastSeq >= tonumber(ARGV[3]) then
  local found = redis.call('XRANGE', KEYS[3], ARGV[3], ARGV[3])
  if found[1] and found[1][2][2] == ARGV[4] then return {2} end
  return {-1}
end
if lastSeq + 1 < tonumber(ARGV[3]) and ARGV[7] == '0' then return {-2, lastSeq} end
redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[6], ARGV[3] .. '-0', 'e', ARGV[4])
redis.call('PEXPIRE', KEYS[3], ARGV[8])
redis.call('PUBLISH', ARGV[5], ARGV[4])
return {1}`;

/** KEYS lease, epoch, log; ARGV value, ttlMs, belowSeq → 1 done, 0 fenced out. */
export const TRIM = `${HOLDS}
if not holds(KEYS[1], KEYS[2], ARGV[1], ARGV[2]) then return 0 end
redis.call('XTRIM', KEYS[3], 'MINID', ARGV[3] .. '-0')
return 1`;

/** KEYS lease, epoch, snapshot; ARGV value, ttlMs, snapshot, keepMs → 1 done, 0 fenced out. */
export const SAVE = `${HOLDS}
if not holds(KEYS[1], KEYS[2], ARGV[1], ARGV[2]) then return 0 end
redis.call('SET', KEYS[3], ARGV[3], 'PX', ARGV[4])
return 1`;
