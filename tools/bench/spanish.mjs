// Which language an utterance is taken for, with the optional Spanish model,
// and what the English one alone makes of Spanish: node tools/bench/spanish.mjs
//   [--program build/nightbell] [--show]
// espeak-ng is a poor Spanish caller; a person is understood better.
import { clip, run } from './hearing/clips.mjs';

const option = (name, other) => { const i = process.argv.indexOf(name); return i < 0 ? other : process.argv[i + 1]; };
const program = option('--program', 'build/nightbell');
const show = process.argv.includes('--show');
const long = {
  es: ['Necesito una cita para reparar la calefacción.', 'No tengo agua caliente desde ayer.', 'Quisiera cambiar mi cita del martes.',
    'Hay olor a gas en mi casa.', 'Mi dirección es calle Maple número doce.', '¿Puede venir alguien mañana por la tarde?',
    'Mi número es cuatro uno cinco, cinco cinco cinco, cero uno dos tres.', 'Quiero hablar con una persona, por favor.'],
  en: ['I need an appointment for a furnace repair.', 'We have no hot water since yesterday.', 'I would like to change my appointment on Tuesday.',
    'There is a smell of gas in my house.', 'My address is twelve Maple Street.', 'Can somebody come tomorrow in the afternoon?',
    'My number is four one five, five five five, zero one two three.', 'I want to talk to a person, please.'],
};
const short = { es: ['Sí.', 'Sí, por favor.', 'No, gracias.', 'Mañana.', 'El martes.', 'Buenos días.'], en: ['Yes.', 'Yes please.', 'No thank you.', 'Tomorrow.', 'Tuesday.', 'Good morning.'] };
const voices = { es: ['es-m3', 'es-f2', 'es-m1'], en: ['awb', 'slt', 'hts'] };

const plain = (s) => s.toLowerCase().normalize('NFD').replace(/[^a-z0-9 ]/g, '').replace(/ +/g, ' ').trim();
function hear(spanish, list) {
  process.env.NIGHTBELL_SPEECH_SPANISH = String(spanish);
  process.env.NIGHTBELL_SPEECH_SPANISH_LICENCE = 'accepted';
  const heard = new Map(list.map((c) => [c.file, []]));
  for (const line of run(program, ['transcribe', '--json', ...heard.keys()]).toString().trim().split('\n')) {
    const u = JSON.parse(line);
    heard.get(u.file).push(u);
  }
  return list.map((c) => ({ ...c, us: heard.get(c.file) }));
}
const clips = [];
for (const lang of ['es', 'en'])
  for (const voice of voices[lang])
    for (const line of ['quiet', 'noise15']) {
      for (const text of long[lang]) clips.push({ lang, line, long: true, text, file: clip(voice, line, text) });
      for (const text of short[lang]) clips.push({ lang, line, long: false, text, file: clip(voice, line, text) });
    }
const both = hear(true, clips), alone = hear(false, clips);
const taken = (c) => c.us.length && c.us.every((u) => u.source !== 'none');
for (const line of ['quiet', 'noise15'])
  for (const lang of ['es', 'en'])
    for (const isLong of [true, false]) {
      const some = both.filter((c) => c.line === line && c.lang === lang && c.long === isLong);
      const ok = some.filter((c) => taken(c) && c.us.every((u) => u.lang === lang));
      const wrong = some.filter((c) => taken(c) && c.us.some((u) => u.lang !== lang));
      const exact = ok.filter((c) => plain(c.us.map((u) => u.text).join(' ')) === plain(c.text));
      if (show) for (const c of some.filter((x) => !ok.includes(x))) console.log(`  ${c.file} "${c.text}" -> ${c.us.map((u) => `${u.lang} ${u.source} ${u.score} ${u.text}`).join(' + ')}`);
      console.log(`${line} ${lang} ${isLong ? 'sentences' : 'short    '}: ${some.length}, right language ${ok.length}, wrong ${wrong.length}, asked again ${some.length - ok.length - wrong.length}, text exact ${exact.length}`);
    }
const invented = alone.filter((c) => c.lang === 'es' && taken(c));
console.log(`English model alone: ${invented.length} of ${alone.filter((c) => c.lang === 'es').length} Spanish clips taken for English`);
if (show) for (const c of invented) console.log(`  "${c.text}" -> ${c.us.map((u) => `${u.score} ${u.text}`).join(' + ')}`);
