/**
 * Each verb of the live store as one Lua script. All keys of a class carry the hash tag `{classId}`,
 * so that a script touches one slot of a Redis Cluster.
 *
 * KEYS: 1 the session (hash) · 2 the class list (set) · 3 marks (hash: student → "status json")
 *       4 the events (stream; an entry's id is epoch-place: sessions of a class count up in epoch,
 *       events of a session in place, so that order and gaps can be read off it)
 *       5 who may rebuild the session (string)
 * ARGV: 1 PUBLISH or SPUBLISH · 2 the channel · then the verb's own.
 *
 * Numbers are put into JSON as the strings they arrive as: cjson would round large ids.
 * An error reply begins with "LA ", then the error code of the service.
 *
 * The session's `server` names the run of the server in which it was started or rebuilt: in another
 * run, events may be missing.
 */

/** Seconds for which a finished session's events can still be read by an instance that missed some. */
export const KEEP_EVENTS_S = 3_600;

export const COMMON = `
local S, R, M, E, L = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local function fail(code) return redis.error_reply('LA ' .. code) end
local function get(field) return redis.call('HGET', S, field) end
local function summary()
  local c = redis.call('HMGET', S, 'present', 'absent', 'late', 'excused', 'enrolled')
  return '{"present":' .. c[1] .. ',"absent":' .. c[2] .. ',"late":' .. c[3] .. ',"excused":' .. c[4]
    .. ',"total":' .. (c[1] + c[2] + c[3] + c[4]) .. ',"enrolled":' .. c[5] .. '}'
end
local function publish(payload)
  -- Refused (by an access list, say), it must not stop a script half-way: the event is in the stream.
  local heard = redis.pcall(ARGV[1], ARGV[2], payload)
  -- Sharded pub/sub is unknown before Redis 7.
  if type(heard) == 'table' and ARGV[1] == 'SPUBLISH' then redis.pcall('PUBLISH', ARGV[2], payload) end
end
local function emit(kind, seq, rest)
  local h = redis.call('HMGET', S, 'class', 'id', 'epoch')
  local place = redis.call('HINCRBY', S, 'told', 1)
  local payload = '{"type":"' .. kind .. '","classId":' .. h[1] .. ',"sessionId":"' .. h[2]
    .. '","epoch":' .. h[3] .. ',"place":' .. place .. ',"seq":' .. seq .. rest .. '}'
  redis.call('XADD', E, h[3] .. '-' .. place, 'e', payload)
  publish(payload)
  return payload
end
local function open() return get('state') == 'open' end
local function server()
  local info = redis.pcall('INFO', 'server')
  return type(info) == 'string' and string.match(info, 'run_id:(%x+)') or '?'
end
local function chunked(command, key, from, to)
  local done = 0
  for i = from, to, 1000 do
    done = done + redis.call(command, key, unpack(ARGV, i, math.min(i + 999, to)))
  end
  return done
end
`;

/** ARGV: 3 class · 4 session id · 5 session as JSON without its moving parts · 6 visibility ·
 * 7 epoch (start in ms) · 8 origin as JSON or "" · 9… student ids */
export const START = `${COMMON}
if redis.call('EXISTS', S) == 1 then return fail('session_already_active') end
local epoch = tonumber(ARGV[7])
local last = redis.call('XREVRANGE', E, '+', '-', 'COUNT', 1)[1]
if last then
  local before = tonumber(string.match(last[1], '^(%d+)-'))
  if epoch <= before then epoch = before + 1 end
  redis.call('XTRIM', E, 'MINID', string.format('%.0f', before) .. '-0')
  redis.call('PERSIST', E)
end
redis.call('DEL', R, M)
local enrolled = 0
if #ARGV >= 9 then enrolled = chunked('SADD', R, 9, #ARGV) end
redis.call('HSET', S, 'class', ARGV[3], 'id', ARGV[4], 'json', ARGV[5], 'vis', ARGV[6],
  'epoch', string.format('%.0f', epoch), 'seq', 1, 'state', 'open', 'enrolled', enrolled,
  'server', server(),
  'present', 0, 'absent', 0, 'late', 0, 'excused', 0)
local rest = ',"session":' .. ARGV[5] .. ',"visibility":"' .. ARGV[6] .. '","summary":' .. summary()
if ARGV[8] ~= '' then rest = rest .. ',"origin":' .. ARGV[8] end
return emit('started', 1, rest)
`;

/** The rest of MARK, after the checks. */
export const STORE_MARKS = `local seq = redis.call('HINCRBY', S, 'seq', 1)
local marks, from, moved = {}, {}, {}
for i = 6, #ARGV, 3 do
  local student, status = ARGV[i], ARGV[i + 1]
  local before = redis.call('HGET', M, student)
  before = before and string.match(before, '^%a+')
  if before then moved[before] = (moved[before] or 0) - 1 end
  moved[status] = (moved[status] or 0) + 1
  local json = ARGV[i + 2] .. ',"seq":' .. seq .. '}'
  redis.call('HSET', M, student, status .. ' ' .. json)
  marks[#marks + 1] = json
  from[#from + 1] = before and '"' .. before .. '"' or 'null'
end
for status, by in pairs(moved) do
  if by ~= 0 then redis.call('HINCRBY', S, status, by) end
end
return emit('marked', seq, ',"visibility":"' .. get('vis') .. '","bulk":'
  .. (ARGV[3] == '1' and 'true' or 'false') .. ',"source":"' .. ARGV[4]
  .. '","marks":[' .. table.concat(marks, ',') .. '],"from":[' .. table.concat(from, ',')
  .. '],"summary":' .. summary() .. (ARGV[5] ~= '' and ',"origin":' .. ARGV[5] or ''))
`;

/** ARGV: 3 "1" for bulk · 4 source · 5 origin as JSON or "" · then per mark: student, status, JSON
 * of the mark without its last fields (open brace, no closing one) */
export const MARK = `${COMMON}
if not open() then return fail('no_active_session') end
for i = 6, #ARGV, 3 do
  if redis.call('SISMEMBER', R, ARGV[i]) == 0 then return fail('student_not_enrolled ' .. ARGV[i]) end
end
${STORE_MARKS}`;

/** ARGV: 3 origin as JSON or "" */
export const SUMMARY = `${COMMON}
if not open() then return fail('no_active_session') end
return emit('summary', get('seq'), ',"summary":' .. summary()
  .. (ARGV[3] ~= '' and ',"origin":' .. ARGV[3] or ''))
`;

/** ARGV: 3 new visibility or "" · 4 how many to enrol · then those · then those to unenrol */
export const UPDATE = `${COMMON}
if not open() then return false end
if ARGV[3] ~= '' then redis.call('HSET', S, 'vis', ARGV[3]) end
local enrol = tonumber(ARGV[4])
local added, gone = 0, 0
if enrol > 0 then added = chunked('SADD', R, 5, 4 + enrol) end
if #ARGV > 4 + enrol then gone = chunked('SREM', R, 5 + enrol, #ARGV) end
if added + gone == 0 then return false end
redis.call('HINCRBY', S, 'enrolled', added - gone)
return emit('roster', get('seq'), ',"summary":' .. summary())
`;

/** ARGV: 3 the one student whose mark is asked for, or "". Returns {session hash, marks}; an empty
 * hash where no session is. */
export const SNAPSHOT = `${COMMON}
if ARGV[3] == '' then return { redis.call('HGETALL', S), redis.call('HVALS', M) } end
local mark = redis.call('HGET', M, ARGV[3])
return { redis.call('HGETALL', S), mark and { mark } or {} }
`;

/** ARGV: 3 outcome · 4 closed by · 5 closed at · 6 session id or "". Returns {session hash, class list, marks, events}. */
export const BEGIN_CLOSE = `${COMMON}
local id = get('id')
if not id or (ARGV[6] ~= '' and ARGV[6] ~= id) then return fail('no_active_session') end
if open() then
  redis.call('HSET', S, 'state', 'closing', 'outcome', ARGV[3], 'closedBy', ARGV[4], 'closedAt', ARGV[5])
end
local epoch = get('epoch')
return { redis.call('HGETALL', S), redis.call('SMEMBERS', R), redis.call('HVALS', M),
  redis.call('XRANGE', E, epoch .. '-0', epoch .. '-18446744073709551615') }
`;

/** ARGV: 3 session id · 4 totals as JSON · 5 origin as JSON or "" · 6 seconds to keep the events */
export const FINISH_CLOSE = `${COMMON}
if get('id') ~= ARGV[3] or get('state') ~= 'closing' then return false end
local seq = redis.call('HINCRBY', S, 'seq', 1)
local outcome = get('outcome')
local payload = emit(outcome, seq, (outcome == 'done' and ',"totals":' .. ARGV[4] or '')
  .. (ARGV[5] ~= '' and ',"origin":' .. ARGV[5] or ''))
redis.call('DEL', S, R, M)
redis.call('EXPIRE', E, ARGV[6])
return payload
`;
