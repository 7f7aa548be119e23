/**
 * Each verb of the live store as one Lua script. All keys of a class carry the hash tag `{classId}`,
 * so that a script touches one slot of a Redis Cluster.
 *
 * KEYS: 1 the session (hash) · 2 the class list (set) · 3 marks (hash: student → "status json")
 *       4 the events (stream; an entry's id is epoch-offset: sessions of a class, and rebuildings of
 *       a session, count up in epoch, events in offset, so that order and gaps can be read off it)
 * ARGV: 1 PUBLISH or SPUBLISH · 2 the channel · then the verb's own.
 *
 * A script that makes an event stores it and publishes nothing: RELEASE does that when the journal
 * has it. Of the session's fields `told` is the offset of the newest event, `journalled` the offset
 * up to which events are in the journal and published, `server` the run of the server in which the
 * session was started or rebuilt (in another run, events may be missing), and `close`, where the
 * session is closing, how and by whom, as JSON.
 *
 * Ids are put into JSON as the strings they arrive as: cjson would round large ones.
 * An error reply begins with "LA ", then the error code of the service.
 */

/** Seconds for which a finished session's events can still be read by an instance that missed some. */
const KEEP_EVENTS_S = 3_600;

const COMMON = `
local S, R, M, E = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local COUNTS = { 'present', 'absent', 'late', 'excused' }
local FIELDS = { 'id', 'class', 'epoch', 'seq', 'told', 'journalled', 'vis', 'close', 'enrolled',
  'server', unpack(COUNTS) }
local s = {}
for i, value in ipairs(redis.call('HMGET', S, unpack(FIELDS))) do s[FIELDS[i]] = value end
local isOpen = s.id and not s.close

local function fail(code) return redis.error_reply('LA ' .. code) end
local function summary()
  return '{"present":' .. s.present .. ',"absent":' .. s.absent .. ',"late":' .. s.late
    .. ',"excused":' .. s.excused .. ',"total":' .. (s.present + s.absent + s.late + s.excused)
    .. ',"enrolled":' .. s.enrolled .. '}'
end
-- Stores an event in its place; save() must follow.
local function emit(kind, rest)
  s.told = s.told + 1
  local payload = '{"type":"' .. kind .. '","classId":' .. s.class .. ',"sessionId":"' .. s.id
    .. '","seq":' .. s.seq .. rest .. '}'
  redis.call('XADD', E, s.epoch .. '-' .. s.told, 'e', payload)
  return { s.epoch, s.told, tonumber(s.journalled), payload }
end
-- Stores the fields that changes move.
local function save()
  redis.call('HSET', S, 'seq', s.seq, 'told', s.told, 'enrolled', s.enrolled,
    'present', s.present, 'absent', s.absent, 'late', s.late, 'excused', s.excused)
end
-- Publishes the events up to this offset in one message: "epoch offset instance", then an event a line.
local function release(upTo, by)
  local from = tonumber(s.journalled)
  if upTo <= from then return end
  local lines = { s.epoch .. ' ' .. (from + 1) .. ' ' .. by }
  for _, entry in ipairs(redis.call('XRANGE', E, s.epoch .. '-' .. (from + 1), s.epoch .. '-' .. upTo)) do
    lines[#lines + 1] = entry[2][2]
  end
  redis.call('HSET', S, 'journalled', upTo)
  local message = table.concat(lines, '\\n')
  -- Refused (by an access list, say), it must not stop a script half-way: the event is in the stream.
  local heard = redis.pcall(ARGV[1], ARGV[2], message)
  -- Sharded pub/sub is unknown before Redis 7.
  if type(heard) == 'table' and ARGV[1] == 'SPUBLISH' then redis.pcall('PUBLISH', ARGV[2], message) end
end
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
local function clear()
  redis.call('DEL', S, R, M)
  redis.call('EXPIRE', E, ${KEEP_EVENTS_S})
end
`;

/** ARGV: 3 class · 4 session id · 5 session as JSON without its moving parts · 6 visibility ·
 * 7 epoch at least (start in ms) · 8… student ids. Returns, as all that make an event, {epoch,
 * offset, journalled, event}. */
const START = `
if s.id then return fail('session_already_active') end
local epoch = tonumber(ARGV[7])
local last = redis.call('XREVRANGE', E, '+', '-', 'COUNT', 1)[1]
if last then
  local before = tonumber(string.match(last[1], '^(%d+)-'))
  if epoch <= before then epoch = before + 1 end
  redis.call('XTRIM', E, 'MINID', string.format('%.0f', before) .. '-0')
  redis.call('PERSIST', E)
end
redis.call('DEL', R, M)
s = { class = ARGV[3], id = ARGV[4], epoch = string.format('%.0f', epoch), seq = 1, told = 0,
  journalled = 0, enrolled = chunked('SADD', R, 8, #ARGV),
  present = 0, absent = 0, late = 0, excused = 0 }
redis.call('HSET', S, 'class', s.class, 'id', s.id, 'json', ARGV[5], 'vis', ARGV[6],
  'epoch', s.epoch, 'journalled', 0, 'server', server())
local stored = emit('started', ',"session":' .. ARGV[5] .. ',"visibility":"' .. ARGV[6]
  .. '","summary":' .. summary())
save()
return stored
`;

/** ARGV: per change: kind of event · its own fields as JSON (a leading comma, or "") · how many marks ·
 * per mark: student, status or "unmarked", JSON of the mark (open brace, no closing one: `seq` comes
 * after). Returns for each change, all or nothing by itself, what it made or an error as text. */
const CHANGE = `
local function change(kind, rest, first, last)
  if not isOpen then return 'LA no_active_session' end
  for i = first, last, 3 do
    if redis.call('SISMEMBER', R, ARGV[i]) == 0 then return 'LA student_not_enrolled ' .. ARGV[i] end
  end
  s.seq = s.seq + 1
  local marks, from = {}, {}
  for i = first, last, 3 do
    local student, to = ARGV[i], ARGV[i + 1]
    local before = redis.call('HGET', M, student)
    before = before and string.match(before, '^%a+')
    if before then s[before] = s[before] - 1 end
    local json = ARGV[i + 2] .. ',"seq":' .. s.seq .. '}'
    if to == 'unmarked' then
      redis.call('HDEL', M, student)
    else
      s[to] = s[to] + 1
      redis.call('HSET', M, student, to .. ' ' .. json)
    end
    marks[#marks + 1] = json
    from[#from + 1] = before and '"' .. before .. '"' or 'null'
  end
  return emit(kind, ',"visibility":"' .. s.vis .. '"' .. rest .. ',"marks":['
    .. table.concat(marks, ',') .. '],"from":[' .. table.concat(from, ',')
    .. '],"summary":' .. summary())
end
local answers, i = {}, 3
while i <= #ARGV do
  local last = i + 2 + 3 * tonumber(ARGV[i + 2])
  answers[#answers + 1] = change(ARGV[i], ARGV[i + 1], i + 3, last)
  i = last + 1
end
if isOpen then save() end
return answers
`;

const SUMMARY = `
if not isOpen then return fail('no_active_session') end
local stored = emit('summary', ',"summary":' .. summary())
save()
return stored
`;

/** ARGV: 3 new visibility or "" · 4 how many to enrol · then those · then those to unenrol. Returns
 * false where the class list is as it was. */
const UPDATE = `
if not isOpen then return false end
if ARGV[3] ~= '' then redis.call('HSET', S, 'vis', ARGV[3]) end
local enrol = tonumber(ARGV[4])
local added, gone = chunked('SADD', R, 5, 4 + enrol), chunked('SREM', R, 5 + enrol, #ARGV)
if added + gone == 0 then return false end
s.enrolled = s.enrolled + added - gone
local stored = emit('roster', ',"summary":' .. summary())
save()
return stored
`;

/** ARGV: 3 the one student whose mark is asked for, "all", or "none". Returns {session hash, marks};
 * an empty hash where no session is. */
const SNAPSHOT = `
local marks = {}
if ARGV[3] == 'all' then
  marks = redis.call('HVALS', M)
elseif ARGV[3] ~= 'none' then
  marks[1] = redis.call('HGET', M, ARGV[3]) or nil
end
return { redis.call('HGETALL', S), marks }
`;

/** ARGV: 3 session id or "" · 4 outcome, by whom and when, as JSON. Returns {session hash, class list,
 * marks, events}. */
const BEGIN_CLOSE = `
if not s.id or (ARGV[3] ~= '' and ARGV[3] ~= s.id) then return fail('no_active_session') end
if isOpen then
  redis.call('HSET', S, 'close', ARGV[4])
  emit('closing', ',"close":' .. ARGV[4])
  save()
end
return { redis.call('HGETALL', S), redis.call('SMEMBERS', R), redis.call('HVALS', M),
  redis.call('XRANGE', E, s.epoch .. '-0', s.epoch .. '-18446744073709551615') }
`;

/** ARGV: 3 session id · 4 totals as JSON · 5 instance. Whoever calls it has saved the session, so that
 * everything before is in the database. Returns false where it is finished already. */
const FINISH_CLOSE = `
if s.id ~= ARGV[3] or isOpen then return false end
local outcome = string.match(s.close, '"outcome":"(%a+)"')
s.seq = s.seq + 1
local stored = emit(outcome, outcome == 'done' and ',"totals":' .. ARGV[4] or '')
release(s.told, ARGV[5])
clear()
return stored
`;

/** ARGV: 3 epoch · 4 offset up to which the journal has the events · 5 instance, which has handed them
 * on to itself already. Returns 0 where Redis has lost the session, or has it in another epoch. */
const RELEASE = `
local upTo = tonumber(ARGV[4])
if s.epoch == ARGV[3] then
  release(upTo, ARGV[5])
  return 1
end
-- A session that was finished meanwhile has told all there was.
local last = not s.id and redis.call('XREVRANGE', E, '+', '-', 'COUNT', 1)[1]
if not last then return 0 end
local epoch, offset = string.match(last[1], '^(%d+)-(%d+)$')
return epoch == ARGV[3] and tonumber(offset) > upTo and 1 or 0
`;

/** ARGV: 3 position from which events are wanted, itself included, or "". Returns {position of the
 * newest event that is in the journal, newest offset, session id or "", events up to it}. */
const EVENTS = `
local newest = '0-0'
if s.id then
  newest = s.epoch .. '-' .. s.journalled
else
  local last = redis.call('XREVRANGE', E, '+', '-', 'COUNT', 1)[1]
  newest = last and last[1] or newest
end
return { newest, tonumber(s.told or 0), s.id or '',
  ARGV[3] == '' and {} or redis.call('XRANGE', E, ARGV[3], newest) }
`;

/** Returns {session id, epoch, 1 where it was started or rebuilt in this run of the server}, or false
 * without a session. */
const LOOK = `
return s.id and { s.id, s.epoch, s.server == server() and 1 or 0 }
`;

/** ARGV: 3 session id · 4 epoch · 5 class · 6 session as JSON without its moving parts ·
 * 7 visibility · 8 close as JSON or "" · 9 seq · 10–13 present, absent, late, excused · 14 how many
 * students · 15 how many marks · then the students · then per mark: student, "status json" · then
 * the events. Returns 0 where the class has a session of this epoch or a later one. */
const RESTORE = `
if s.epoch and tonumber(s.epoch) >= tonumber(ARGV[4]) then return 0 end
redis.call('DEL', S, R, M, E)
local students, marks = tonumber(ARGV[14]), tonumber(ARGV[15])
local first = 16 + students + 2 * marks
local enrolled = chunked('SADD', R, 16, 15 + students)
chunked('HSET', M, 16 + students, first - 1)
for i = first, #ARGV do redis.call('XADD', E, ARGV[4] .. '-' .. (i - first + 1), 'e', ARGV[i]) end
local told = #ARGV - first + 1
redis.call('HSET', S, 'id', ARGV[3], 'epoch', ARGV[4], 'class', ARGV[5], 'json', ARGV[6],
  'vis', ARGV[7], 'seq', ARGV[9], 'present', ARGV[10], 'absent', ARGV[11], 'late', ARGV[12],
  'excused', ARGV[13], 'enrolled', enrolled, 'server', server(), 'told', told, 'journalled', told)
if ARGV[8] ~= '' then redis.call('HSET', S, 'close', ARGV[8]) end
return 1
`;

/** Removes a session that the journal does not know. ARGV: 3 session id · 4 epoch */
const DROP = `
if s.id ~= ARGV[3] or s.epoch ~= ARGV[4] then return 0 end
clear()
return 1
`;

const all = {
  start: START,
  change: CHANGE,
  summary: SUMMARY,
  update: UPDATE,
  snapshot: SNAPSHOT,
  beginClose: BEGIN_CLOSE,
  finishClose: FINISH_CLOSE,
  release: RELEASE,
  events: EVENTS,
  look: LOOK,
  restore: RESTORE,
  drop: DROP,
};

export type ScriptName = keyof typeof all;

export const scriptText = (name: ScriptName): string => COMMON + all[name];
