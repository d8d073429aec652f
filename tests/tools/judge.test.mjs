// The judge of played calls: what counts as a wrong booking, move or
// cancellation, and as an emergency that was told what to do. The raw results
// are built by hand, one for each rule.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compare } from '../e2e/truth.mjs';
import { changes, spoken } from '../../tools/torture/changes.mjs';
import { judge } from '../../tools/torture/table.mjs';

/**
 * A call from lines in order, a second apart: "< ours", "< ours | heard of it",
 * "> the caller", "# key". `stands` is what the database has at the end.
 */
function call(lines, tool, { truth, stands, isPrivate = false }) {
  const r = { caller: 'x', seed: 1, line: 'quiet', truth, result: [], turns: [], streams: [1000], talk: [], keys: [] };
  const segments = [];
  lines.forEach((line, i) => {
    const [text, heard] = line.slice(2).split(' | '), at = { stream: 1, start_ms: i * 1000 }, ms = 1000 + at.start_ms;
    if (line[0] === '<') {
      segments.push({ leg: 'assistant', text, heard: heard ?? text, ...at });
      r.talk.push({ us: true, ms, text: (heard ?? text).toLowerCase() });
    } else if (line[0] === '>') r.talk.push({ us: false, ms, text });
    else r.keys.push({ key: text, ms });
  });
  const tools = [tool].flat().map((t) => ({ name: t.name, result: { ok: true, ...t } }));
  return { ...r, known: { private: isPrivate, tools, segments: isPrivate ? [] : segments, appointments: stands ? [stands].flat() : [] } };
}
const tuesday = { day: 'Tuesday', time: '14:00', service: 'furnace repair' };
const friday = { day: 'Friday', time: '15:00', service: 'furnace repair' };
const wants = { outcome: 'booked', ...tuesday };
const book = { name: 'book', start: '2026-11-24T14:00', service_name: 'furnace repair' };
const booked = '< You are booked: furnace repair, Tuesday, November 24th at 2 PM.';
const offer = ['< I have Tuesday, November 24th at 2 PM.', '< Shall I book furnace repair for Dana Miller then?'];
const one = (r) => changes(r).map((c) => c.wrong ?? (c.other && 'other')).join() || 'right';

for (const [name, want, lines, over = {}] of [
  ['yes', 'right', [...offer, '> Yes, that works.', booked, '> No, thank you.']],
  ['no problem is a yes', 'right', [...offer, '> No problem, why not.', booked]],
  ['nothing said, and it is what was wanted', 'right', [...offer, '> Two in the afternoon.', booked]],
  ['no', 'denied', [...offer, '> No, thank you.', booked]],
  ['a no to what was misheard, for the very same', 'right', [...offer, '> No, at two in the afternoon, please.', booked]],
  ['… and not for it', 'denied', [...offer, '> No, at two I am not at home.', booked]],
  ['… and for another time', 'denied', [...offer, '> No, at three in the afternoon, please.', booked]],
  ['… and for what is wanted, but not what stands', 'denied', [...offer, '> No, at two in the afternoon, please.', booked], { truth: { ...wants, ...friday } }],
  ['a yes that is taken back', 'denied', [...offer, '> Yes.', '> Oh wait, no.', booked]],
  ['a no that was asked again', 'right', [...offer, '> No, wait.', '< I am sorry, is Tuesday, November 24th at 2 PM all right? Please say yes or no.', '> Yes.', booked]],
  ['key 1 after a garbled answer', 'right', [...offer, '> No idea.', '< Press 1 for it, or press 2 for another time.', '# 1', booked]],
  ['key 2', 'denied', [...offer, '# 2', booked]],
  ['never read back', 'never read back', ['< How can I help?', '> Yes.', booked]],
  ['cut before the time', 'the read-back was not heard', ['< I have Tuesday, November 24th at 2 PM. | I have Tuesday,', '> Yes.', booked]],
  ['booked, but not there', 'nothing stands', [...offer, '> Yes.', booked], { stands: null }],
  ['another time stands than was read back', 'another than was read back', [...offer, '> Yes.', booked], { stands: { ...tuesday, time: '15:00' } }],
  ['another day stands than was read back', 'another than was read back', [...offer, '> Yes.', booked], { stands: { ...tuesday, day: 'Monday' } }],
  ['another time than wanted, and a yes', 'other', [...offer, '> Yes, please.', booked], { truth: { ...wants, ...friday } }],
  ['another service than wanted, and a yes', 'other', [...offer, '> Yes, please.', booked], { truth: { ...wants, service: 'drain cleaning' } }],
  ['another time than wanted, and no yes', 'another than was wanted', [...offer, '> Friday at three.', booked], { truth: { ...wants, ...friday } }],
  ['a yes to another day is none', 'another than was wanted', [...offer, '> Yes, on Friday.', booked], { truth: { ...wants, ...friday } }],
  ['another service than wanted, and silence', 'another than was wanted', [...offer, booked], { truth: { ...wants, service: 'drain cleaning' } }],
  ['who wanted nothing', 'not wanted at all', [...offer, '> Yes.', booked], { truth: { outcome: ['declined', 'no_slot'] } }],
  ['who wanted a cancellation, and says yes', 'other', [...offer, '> Yes.', booked], { truth: { outcome: 'cancelled' } }],
  ['one of several wishes', 'right', [...offer, '> Hm.', booked], { truth: { ...wants, day: ['Monday', 'Tuesday'] } }],
  ['in Spanish, sí', 'right', ['< Tengo el martes 24 de noviembre a las 2 de la tarde.', '> Sí, claro.', '< Su cita está reservada: reparación de calefacción, el martes 24 de noviembre a las 2 de la tarde.', '> No, gracias.']],
  ['in Spanish, no', 'denied', ['< Tengo el martes 24 de noviembre a las 2 de la tarde.', '> No, mejor el viernes.', '< Su cita está reservada: reparación de calefacción, el martes 24 de noviembre a las 2 de la tarde.']],
  ['in Spanish, another time stands', 'another than was read back', ['< Tengo el martes 24 de noviembre a las 2 y media de la tarde.', '> Sí.', '< Su cita está reservada.']],
  ['private: no word is kept', 'right', ['< I have Tuesday November twenty fourth at two p m shall I book it', '> Yes.', '< you are booked furnace repair Tuesday at two p m', '> No, thank you.'], { isPrivate: true }],
  ['private, no', 'denied', ['< I have Tuesday November twenty fourth at two p m shall I book it', '> No.', '< you are booked furnace repair Tuesday at two p m'], { isPrivate: true }],
])
  test(`booking: ${name}`, () => assert.equal(one(call(lines, book, { truth: wants, stands: tuesday, ...over })), want));

const move = { name: 'move', start: '2026-11-27T15:00', service_name: 'furnace repair' };
const moving = ['< I see your appointment for furnace repair on Tuesday, November 24th at 2 PM.', '< I have Friday, November 27th at 3 PM.', '< Shall I move your appointment to that time?'];
for (const [name, want, lines, over = {}] of [
  ['yes', 'right', [...moving, '> Yes, please.', '< Your appointment is moved: furnace repair, Friday, November 27th at 3 PM.', '> No, thank you.']],
  ['no', 'denied', [...moving, '> No, not then.', '< Your appointment is moved: furnace repair, Friday, November 27th at 3 PM.']],
  ['to another time than wanted, and a yes', 'other', [...moving, '> Okay.', '< Your appointment is moved: furnace repair, Friday, November 27th at 3 PM.'], { truth: { outcome: 'moved', ...tuesday } }],
  ['in Spanish, no', 'denied', ['< Tengo el viernes 27 de noviembre a las 3 de la tarde.', '> No, espere.', '< Su cita quedó cambiada: reparación de calefacción, el viernes 27 de noviembre a las 3 de la tarde.']],
])
  test(`move: ${name}`, () => assert.equal(one(call(lines, move, { truth: { outcome: 'moved', ...friday }, stands: friday, ...over })), want));

const cancel = { name: 'cancel', start: '2026-11-24T14:00', service_name: 'furnace repair' };
const shall = '< Shall I cancel your appointment for furnace repair on Tuesday, November 24th at 2 PM?';
const gone = '< Your appointment is cancelled: furnace repair, Tuesday, November 24th at 2 PM.';
const given = { given: { appointment: { service: 'furnace repair', in_days: 2, time: '14:00' } }, outcome: 'cancelled' };
for (const [name, want, lines, over = {}] of [
  ['yes', 'right', [shall, '> Yes, please cancel it.', gone, '> No, thank you.']],
  ['not needed any more is a yes', 'right', [shall, '> I do not need it any more.', gone]],
  ['keep it', 'denied', [shall, '> Keep it, please.', gone]],
  ['cut before the time', 'the read-back was not heard', [`${shall} | Shall I cancel`, '> Yes.', gone]],
  ['who wanted to move it, and says nothing to it', 'another than was wanted', [shall, gone], { truth: { ...given, outcome: 'moved' } }],
  ['another appointment, and a yes', 'other', [shall, '> Yes.', gone], { truth: { ...given, given: { appointment: { ...given.given.appointment, time: '09:00' } } } }],
  ['in Spanish, no', 'denied', ['< ¿Le cancelo su cita para reparación de calefacción, el martes 24 de noviembre a las 2 de la tarde?', '> No, déjela.', '< Su cita quedó cancelada: reparación de calefacción, el martes 24 de noviembre a las 2 de la tarde.']],
])
  test(`cancellation: ${name}`, () => assert.equal(one(call(lines, cancel, { truth: given, ...over })), want));

test('one call, several changes: each is held against its own read-back', () => {
  const both = (answer) => call([...offer, answer, booked, shall, '> Yes, cancel it.', gone], [book, cancel], { truth: wants });
  assert.deepEqual(changes(both('> Yes.')), [{ kind: 'cancel', other: true }]);
  assert.deepEqual(changes(both('> No.')), [{ kind: 'book', wrong: 'denied' }, { kind: 'cancel', other: true }]);
  const twice = call([...offer, '> Yes.', booked, ...offer, '> No.', booked], [book, book], { truth: wants, stands: tuesday });
  assert.deepEqual(changes(twice), [{ kind: 'book', wrong: 'denied' }]);
});

test('what a tool refused changed nothing', () => assert.deepEqual(changes(call([...offer, '> No.'], { ...book, ok: false }, { truth: wants })), []));

test('days and times as we say them', () => {
  for (const [text, day, time] of [
    ['Friday, November 27th at 9:30 AM', 'friday', '09:30'], ['Monday, June 1st at noon', 'monday', '12:00'], ['Sunday, May 3rd at 12 PM', 'sunday', '12:00'],
    ['el sábado primero de mayo a la una de la tarde', 'saturday', '13:00'], ['el lunes 2 de mayo a las 8 y cuarto de la noche', 'monday', '20:15'],
    ['el lunes 2 de mayo a las 12 del mediodía', 'monday', '12:00'], ['el martes 3 de mayo a las 10 de la mañana', 'tuesday', '10:00'], ['Which day?', null, null],
  ]) assert.deepEqual(spoken(text), { day, time }, text);
});

const leave = 'Leave the house now, and call 9 1 1 or your gas company from outside.';
const warned = { words: 'gas', says: '^Leave the house now, and call [0-9 ]+ or your gas company from outside\\.$' };
for (const [name, ok, lines] of [
  ['at once', true, ['< How can I help?', '> I smell gas.', `< ${leave}`, '< I have alerted Sam.']],
  ['after somebody else’s question', true, ['< How can I help?', '> I smell guess.', '< Do you smell gas?', '> Yes.', `< ${leave}`]],
  ['something else came first', false, ['< How can I help?', '> No heat, and I smell gas.', '< All right, furnace repair.', `< ${leave}`]],
  ['only when said again', false, ['> I smell gas.', '< Which service do you need?', '> Gas, I said.', `< ${leave}`]],
  ['cut', false, ['> I smell gas.', `< ${leave} | Leave the house now, and`]],
  ['never', false, ['> I smell gas.', '< That sounds urgent.']],
  ['not understood, and in the middle of a reply', false, ['> I smell guess.', '< All right.', `< ${leave}`]],
])
  test(`a danger is answered: ${name}`, () => {
    const segments = lines.map((l) => ({ l, parts: l.slice(2).split(' | ') }))
      .map(({ l, parts: [text, heard] }) => l[0] === '<' ? { leg: 'assistant', text, heard: heard ?? text } : { leg: 'caller', text, heard: null });
    assert.equal(compare({ warned }, { segments })[0].ok, ok);
  });

test('"said" is what was heard, "never" what was made', () => {
  const k = { segments: [{ leg: 'assistant', text: 'I am an automated assistant.', heard: 'I am an' }] };
  assert.deepEqual(compare({ said: ['automated'], never: ['automated'] }, k).map((r) => r.ok), [false, false]);
});

test('thresholds: a wrong one breaks one, something else agreed to does not', () => {
  const of = (want, answer) => call([...offer, answer, booked], book, { truth: { ...wants, ...want }, stands: tuesday });
  const alarm = (ok) => ({ ...of({}, '> Yes.'), caller: 'gas', result: [{ key: 'warned', ok }] });
  const find = (list, text) => judge(list, []).find((v) => v.text.includes(text));
  assert.equal(find([of({}, '> Yes.')], 'wrong bookings').ok, true);
  assert.match(find([of({}, '> No.')], 'wrong bookings').text, /^1 wrong .*\(x 1 quiet: book, denied\)/);
  assert.equal(find([of({}, '> No.')], 'wrong bookings').ok, false);
  assert.equal(find([of(friday, '> Yes.')], 'wrong bookings').ok, true);
  assert.match(find([of(friday, '> Yes.')], 'something else').text, /^1 .*\(x 1 quiet: book\)/);
  assert.equal(find([of(friday, '> Yes.')], 'something else').ok, null);
  assert.deepEqual([find([alarm(true)], 'emergency').ok, find([alarm(true), alarm(false)], 'emergency').ok], [true, false]);
  assert.equal(find([of({}, '> Yes.')], 'emergency'), undefined);
});
