/** What keeps a session safe, as Lua scripts; KEYS and the first ARGV as in scripts.ts. */
import { COMMON, STORE_MARKS } from "./scripts.ts";

/** Returns {session id, epoch, place of the last event, place up to which events are in the
 * journal, state, run of the server that knows it, this run}, or false without a session. */
export const LOOK = `${COMMON}
local h = redis.call('HMGET', S, 'id', 'epoch', 'told', 'journalled', 'state', 'server')
if not h[1] then return false end
h[7] = server()
return h
`;

/** ARGV: 3 at most how many · 4 characters after which no more are added. Returns {session id, epoch,
 * place before, place of the last event, events that are not in the journal}, or false without a
 * session. */
export const TAIL = `${COMMON}
local h = redis.call('HMGET', S, 'id', 'epoch', 'journalled', 'told')
if not h[1] then return false end
local before, size, found = h[3] or '0', 0, {}
local at = h[2] .. '-' .. before
repeat
  local entry = redis.call('XRANGE', E, '(' .. at, h[2] .. '-18446744073709551615', 'COUNT', 1)[1]
  if not entry then break end
  found[#found + 1] = entry
  at, size = entry[1], size + #entry[2][2]
until #found >= tonumber(ARGV[3]) or size >= tonumber(ARGV[4])
return { h[1], h[2], before, h[4] or '0', found }
`;

/** ARGV: 3 session id · 4 epoch · 5 place up to which events are in the journal now · 6 `seq` that
 * is durable thereby, or "" */
export const JOURNALLED = `${COMMON}
local h = redis.call('HMGET', S, 'id', 'epoch', 'journalled', 'class')
if h[1] ~= ARGV[3] or h[2] ~= ARGV[4] or tonumber(h[3] or 0) >= tonumber(ARGV[5]) then return 0 end
redis.call('HSET', S, 'journalled', ARGV[5])
if ARGV[6] == '' then return 1 end
redis.call('HSET', S, 'durable', ARGV[6])
publish('{"type":"durable","classId":' .. h[4] .. ',"sessionId":"' .. h[1]
  .. '","epoch":' .. h[2] .. ',"place":0,"seq":' .. ARGV[6] .. '}')
return 1
`;

/** ARGV: 3 whose · 4 milliseconds · 5 "1" where it must be theirs already: lost, somebody else may
 * have been at it. Returns 1 where the lease is theirs for so long from now. */
export const HOLD = `${COMMON}
local holder = redis.call('GET', L)
if holder ~= ARGV[3] and (holder or ARGV[5] == '1') then return 0 end
redis.call('SET', L, ARGV[3], 'PX', ARGV[4])
return 1
`;

/** ARGV: 3 whose */
export const RELEASE = `${COMMON}
if redis.call('GET', L) == ARGV[3] then redis.call('DEL', L) end
`;

/** ARGV: 3 whose lease · 4 session id · 5 epoch · 6 class · 7 session as JSON without its moving parts ·
 * 8 visibility · 9 seq · 10–13 present, absent, late, excused · 14 how many students · 15 how many
 * marks · then the students · then per mark: student, "status json" · then the events. Returns 1, or 0
 * where the lease is lost, or this run of the server has a session of the class. */
export const RESTORE = `${COMMON}
if redis.call('GET', L) ~= ARGV[3] then return 0 end
local h = redis.call('HMGET', S, 'id', 'server', 'state', 'outcome', 'closedBy', 'closedAt')
local here = server()
if h[1] and h[2] == here then return 0 end
redis.call('DEL', S, R, M, E)
local students, marks = tonumber(ARGV[14]), tonumber(ARGV[15])
local enrolled, first = 0, 16 + students + 2 * marks
if students > 0 then enrolled = chunked('SADD', R, 16, 15 + students) end
if marks > 0 then chunked('HSET', M, 16 + students, first - 1) end
for i = first, #ARGV do redis.call('XADD', E, ARGV[5] .. '-' .. (i - first + 1), 'e', ARGV[i]) end
local told = #ARGV - first + 1
redis.call('HSET', S, 'class', ARGV[6], 'id', ARGV[4], 'json', ARGV[7], 'vis', ARGV[8],
  'epoch', ARGV[5], 'seq', ARGV[9], 'state', 'open', 'enrolled', enrolled, 'server', here,
  'present', ARGV[10], 'absent', ARGV[11], 'late', ARGV[12], 'excused', ARGV[13],
  'told', told, 'journalled', told, 'durable', ARGV[9])
if h[1] == ARGV[4] and h[3] == 'closing' then
  redis.call('HSET', S, 'state', h[3], 'outcome', h[4], 'closedBy', h[5], 'closedAt', h[6])
end
return 1
`;

/** As MARK, but ARGV 5 is the session's id, and marks that are there or that a later one has replaced
 * are left out: false where none is left. Whoever was marked may have left the class since. */
export const REPLAY = `${COMMON}
if get('id') ~= ARGV[5] or not open() then return fail('no_active_session') end
ARGV[5] = ''
local function at(json) return string.match(json, '"markedAt":"([^"]+)"') end
local kept = {}
for i = 6, #ARGV, 3 do
  local before = redis.call('HGET', M, ARGV[i])
  local mine = ARGV[i + 1] .. ' ' .. ARGV[i + 2] .. ',"seq":'
  if not before or (at(before) <= at(mine) and string.sub(before, 1, #mine) ~= mine) then
    for j = i, i + 2 do kept[#kept + 1] = ARGV[j] end
  end
end
if #kept == 0 then return false end
for i = 6, #ARGV do ARGV[i] = kept[i - 5] end
${STORE_MARKS}`;

/** Of a session that history has: an open one came back from before its end and goes, a closing one
 * stays to be finished. ARGV: 3 session id · 4 seconds to keep the events. Returns 1 where it went. */
export const DROP = `${COMMON}
if get('id') ~= ARGV[3] or get('server') == server() then return 0 end
if not open() then
  redis.call('HSET', S, 'server', server())
  return 0
end
redis.call('DEL', S, R, M)
redis.call('EXPIRE', E, ARGV[4])
return 1
`;
