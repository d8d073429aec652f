-- What people mean by a text: no more of them, more again, who is this.

-- The words of a text and nothing else: small letters and digits with single
-- blanks between. Full-width letters, unusual blanks, signs that nobody sees,
-- emoji, and what a phone appends all make no difference.
create or replace function lib.bare_words(body text) returns text
language sql immutable as $$
	select btrim(regexp_replace(regexp_replace(regexp_replace(
		lower(normalize(regexp_replace(body,
			'[''’‘`´\u00ad\u200b-\u200f\u2060-\u2064\ufe0e\ufe0f\ufeff]',
			'', 'g'), nfkc)),
		'\n\s*(sent from|get outlook for) [^\n]*\s*$', ''),
		'[^[:alnum:]]+', ' ', 'g'),
		'\m(s t o p|stop{2,}|sto{3,}p+)\M', 'stop', 'g'))
$$;

-- Words with every "stop" struck out that is about something else: people
-- stop by, water does not stop.
create or replace function lib.strike_other_stops(words text) returns text
language sql immutable as $$
	select regexp_replace(regexp_replace(regexp_replace(regexp_replace(
		regexp_replace(regexp_replace(regexp_replace(regexp_replace(
		regexp_replace(regexp_replace(regexp_replace(words,
		-- "please don't stop texting me", "I'll stop texting you now"
		'(^|\m(please|but|and|just|pls) )(please )?(do not|dont|never)( ever)? stop (texting|messaging|contacting|sending|writing)\M',
			'-', 'g'),
		'\m(ill|i will|i|i can|i could|i should|im going to|im gonna|let me|we|we will|ill have to|i have to|i need to) '
		'(just )?stop (texting|messaging|contacting|sending|writing|bothering)\M(?! (me|us)\M)',
			'-', 'g'),
		'\mstop (by(?! the way\M)|in|over|at|off|on|valve|valves|sign|light|cock)\M',
			'-', 'g'),
		'\m(wont|will not|do not|dont|does not|doesnt|did not|didnt|cannot|cant|can not|would not|wouldnt|never|non|bus|truck|pit|door) stop\M(?! (texting|messaging|contacting|sending|writing|bothering|spamming|harassing)\M)',
			'-', 'g'),
		'\m(when|what time|where|how late|how early|did|does|has) ((do|will|would|can|should) )?(you|they|we|it|he|she|the \w+|your \w+)( guys| usually| all)* stop\M',
			'-', 'g'),
		'\m(cant|cannot|can not|couldnt|could not|trying to) (get|make) (it|this|that|the \w+)( to)? stop\M',
			'-', 'g'),
		'\mstop (the |my |our |a |this |that |it from )?(leak|leaks|leaking|leakage|water|drip|dripping|flood|flooding|noise|running|overflow|overflowing|smell|working|heating|cooling|'
		'beeping|alarm|ringing|squeaking|squealing|grinding|rattling|banging|hissing|buzzing|humming|smoking|shaking|vibrating|bleeding|hurting|pain|'
		'making (a |that |this |the )?(noise|noises|sound|sounds)|clogging|backing|gas|from (leaking|dripping|running|beeping|overflowing))\M',
			'-', 'g'),
		-- "stop the toilet from running", "don't want to opt out"
		'\mstop (the|my|our|a|that|this|all the)( \w+){1,3} from (?!(texting|messaging|contacting|sending|calling|spamming|writing|bothering|harassing)\M)',
			'-', 'g'),
		'\m(dont|do not|didnt|did not|never)( want| mean| meant| wish| need)?( to)? (opt out|unsubscribe)\M',
			'-', 'g'),
		-- "I want the leak to stop", "it leaks, I need it to stop"
		'\m(the|my|our|a|an|this|that|your|all the)(?!( \w+){0,3} (you|yall|text|texts|texting|txt|txts|message|messages|messaging|sms|msg|msgs|spam|contact|contacts|'
		'harassment|reminder|reminders|notification|notifications|alerts|lady|person|guy|man|woman|company|people|business|one who)\M)'
		'( \w+){1,4} (to|needs to|need to|has to|have to|had to|must|should|would|could|can|will|did|just)( just| finally| please| ever)* stop\M(?! (text|texting|messag|messaging|contacting|sending|writing|bothering)\M)',
			'-', 'g'),
		'\m(leak|leaks|leaking|drip|drips|dripping|water|noise|noises|noisy|sound|sounds|alarm|beep|beeps|beeping|smell|smells|running|runs|toilet|faucet|sink|'
		'furnace|heater|fan|pump|boiler|pipe|pipes|squeal|squeals|squealing|grinding|rattles|rattling|bleeding|pain|hurts|hurting|ache|aches|overflow|overflowing|'
		'overflows|vibrates|vibrating|brakes|engine|tooth|drain)\M( \w+)*? (it|this|that|they|them)( to| needs| need| has| have| must| should| just| ever| finally| please)*'
		' stop\M(?! (text|texting|messaging|contacting|sending|writing|bothering)\M)',
			'-', 'g')
$$;

-- "No more texts", in English.
create or replace function lib.says_stop_en(body text) returns bool
language sql immutable as $$
	with whole (t, m, later) as (select
		lib.strike_other_stops(lib.bare_words(body)),
		-- words between, and a wish for another hour behind
		'( in| to| for| you| yall| be| being| get| getting| receive| receiving| have| having| another| a| any| single| one| more| anymore| further|'
		' the| these| those| this| your| my| other| such| all| of| sent| send| sending| me| us| up| that| from you| keep| this number)* ',
		'\M(?! (after|before|until|on|in|at|during|while|today|tonight|yet|when)\M)')
	-- it begins or ends with stop
	select t ~ '^((please|pls|plz|just|ok|okay|no|nope|yes|yeah|hey|hi|hello|and|thanks|thank you|sorry|'
		'now) )*(stop|stopall|unsubscribe|unsub|optout|opt out|revoke)\M'
	    or t ~ '\m(stop|stopall|unsubscribe|unsub|optout|opt out)( it| this| that| now| all| already| please| pls| thanks| thank you)*$'
	-- it is one of the carrier's words, which mean more inside a sentence
	    or t ~ '^((please|pls|just|ok|okay|no|yes) )*(cancel|end|quit|cease|remove|no more)( cancel| end|'
		' quit| it| this| now| please| pls| thanks| thank you)*$'
	-- one of its sentences is stop
	    or exists (select from regexp_split_to_table(body, '[.!?;\n]+') part
		where lib.bare_words(part)
			~ '^(please |and |so |just )*stop( it| this| now| please)*$')
	-- stop doing it
	    or t ~ '\m(stop|quit|cease)( with| sending| receiving| getting| being| me| us| the| all| all of| these| those| this| your|'
		' any| of| from| to| more)* (text|texts|texting|texted|txt|txts|message|messages|messaging|sms|'
		'contact|contacted|contacting|sending|writing|bothering|spam|spamming|harassing)\M'
	    or t ~ '\munsubscribe (me|us|my number|this number|from)\M'
	    or t ~ '\mopt (me|us|my number|this number) out\M'
	    or t ~ '\m(want|like|wish|need) to (unsubscribe|opt out)\M'
	-- how do I stop these (leaks stop otherwise)
	    or t ~ '\mhow (do|can|would|could) (i|we) (stop|end|block|turn off|cancel|get rid of)( getting| receiving)?( all)? (these|those|'
		'them|your)( texts| text| messages| msgs| sms| things| from you| please| thanks)*$'
	-- do not do it (but "not before nine" is a wish for another hour)
	    or t ~ '\m(do not|dont|(?<!you )never)( ever| please| you| keep)* (text|texting|txt|message|'
		'messaging|msg|contact|contacting|write|sms)(( to)? (me|us|this number|this phone|'
		'my number|my phone|here)\M|( anymore| any more| again| ever| please)*$)(?! (after|before|'
		'until|on|in|at|during|while|today|tonight|yet|when)\M)'
	    or t ~ '\m(do not|dont|(?<!you )never)( ever| please| you| keep)* (send|sending)( to)?( me| us|'
		' this number)?( a| any| the| these| more| any more| anymore| further| your| such|'
		' other)* (text|texts|txt|txts|message|messages|msg|msgs|sms|reminder|reminders|anything|'
		'any more|anymore)\M(?! (after|before|until|on|in|at|during|while|today|tonight|yet|'
		'when)\M)'
	    or t ~ '\m(do not|dont) (want|need|wish|like)( you| to| be| get| getting| receive| receiving| a|'
		' any| more| any more| further| the| these| your| other)* (text|texts|texting|texted|txt|'
		'txts|message|messages|messaging|sms|contacted)\M'
	    or t ~ '\m(no|not any|without any) (more|further) (text|texts|texting|message|messages|messaging|msgs|sms)\M'
	    or t ~ '^(please )?no (texts|texting|messages|messaging|sms)( please| thanks| thank you)*$'
	    or t ~ '\mstop (getting|receiving|sending|being sent)( me| us)? (these|those|this|them|it)( things)?( please| anymore| any more| now| thanks)*$'
	-- do not want it, never agreed to it, take the consent back
	    or t ~ ('\m(no longer|not|never|dont|do not|didnt|did not)( ever| really| even| personally)*'
		' (want|wish|need|like|care|agree|agreed|consent|consented|interested|sign|signed|subscribe|subscribed|ask|asked|authorize|opt in|'
		'rather not|prefer not)' || m || '(text|texts|texting|texted|txt|txts|message|messages|messaging|sms|contacted|spam|spammed)' || later)
	    or t ~ ('\m(rather|prefer|prefer it|prefer that|appreciate it|like it)( if)?( you)? (not|didnt|did not|dont|do not|wouldnt|would not|stopped)' || m
		|| '(text|texts|texting|texted|txt|txts|message|messages|messaging|sms|contact|contacted|write)' || later)
	    or t ~ ('\m(refrain from|discontinue|halt|suspend|terminate|turn off|disable|deactivate|cut off|knock off|end|block|cancel|put an end to)' || m
		|| '(texts|texting|text messages|text alerts|text notifications|text reminders|txts|messages|messaging|sms|msgs)\M')
	    or t ~ '\m(dont|do not|never|no longer|not)( ever)? (want|wish|need|like|care|interested)( to| in| ever)* (hear|hearing)( anything)?( more)? from (you|yall|this|your|anyone|anybody)\M'
	    or t ~ '\m(revoke|revoking|revoked|withdraw|withdrawing|withdrawn|rescind|rescinding|take back|taking back)( all| any| my| our| the| prior| previous| earlier| express)*'
		' (consent|permission|authorization|authorisation|agreement|opt in|subscription)\M(?! (for|to) (the|do|repair|work|fix|treat|my)\M)'
	    or t ~ '\m(consent|permission) (is |has been |was )?(revoked|withdrawn)\M'
	    or t ~ '\m(no|not|never|dont|do not|didnt|did not|without)( you| have| has| give| gave| given| got| get| any| my| our| the)* (consent|permission|authorization) (to|for)( be| send| sending| any| me)* (text|texts|texted|message|messages|messaging|contact|contacting|contacted)\M'
	    or t ~ '\m(opt|opting|opted)( me| us| my number| this number)? out\M(?! of (the )?(warranty|plan|insurance|contract|service plan))'
	    or t ~ '^((please|pls|plz|ok|okay|hi|hello|sorry|thanks|thank you|no|and|just) )*no (more )?(text|texts|texting|txt|txts|text messages?|messages|messaging|sms|msgs|spam|reminders)'
		'( to| me| us| this number| my phone| my number| at all| ever| again| anymore| any more| please| thanks| thank you| from you| now)*$'
	    or t ~ '\mno more (of )?(these|those|this)( please| thanks| thank you| texts| messages)*$'
	    or t ~ '\m(done|fed up|sick|tired|enough)( already)?( with| of)( getting| receiving| all)*( the| your| these| those| this| all)* (text|texts|texting|txts|messages|messaging|sms|msgs|spam)\M'
	    or t ~ '^((ok|okay|please) )*enough (texts|messages|spam|texting)\M' or t ~ '\mcease and desist\M'
	    or t ~ '\m(you|please)( guys| please| kindly)* not( to)? (text|message|contact|write|sms|spam|send)\M(?! (it|that|the|a|him|her|them|anyone|anybody|before|after|until|on|at)\M)'
	    or t ~ '\m(removed|taken|deleted) (from|off)( of)? (your|the|this|that|any|all)( \w+)? (list|lists|texts|messages|system|database)\M'
	    or t ~ '\mcount me out\M' or t ~ '^(please )?(unsubscribing|unsubscribed)\M'
	-- forget this number
	    or t ~ '\m(take|get) (me|us|my number|this number) (off|out)( of)?\M'
	    or t ~ '\m(remove|delete|lose|forget) (my|this) (phone )?number\M'
	    or t ~ '\m(remove|delete) (me|us)\M'
	    or t ~ '\mremove from (the |your |this )?list\M'
	    or t ~ '\mleave (me|us) alone\M'
	  from whole
$$;

-- Words without the marks on their letters, as people type Spanish.
create or replace function lib.plain_words(body text) returns text
language sql immutable as $$
	select translate(lib.bare_words(body), 'áàéèíìóòúùüñ', 'aaeeiioouuun')
$$;

-- "No more texts", in Spanish. para is also "for", parar and cancelar are
-- also said of leaks and visits: those need their texts beside them.
create or replace function lib.says_stop_es(body text) returns bool
language sql immutable as $$
	with whole (t) as (select lib.plain_words(body))
	-- it is one word of that meaning
	select t ~ '^((por favor|ya|no|oiga|hola|gracias|ok|si|y) )*(alto|pare|paren|parar|para|basta|'
		'cancelar|detener|detenga|detengan|desuscribir|baja|salir|fin|no mas)( ya| por favor|'
		' gracias| de una vez| mensajes)*$'
	-- one of its sentences is
	    or exists (select from regexp_split_to_table(body, '[.!¡?¿;,\n]+') part
		where lib.plain_words(part)
			~ '^((por favor|ya|y|oiga) )*(alto|pare|paren|basta|detenganse)( ya| por favor| de una vez)*$')
	-- stop doing it (but a technician is sent, too)
	    or t ~ '\m(deja|deje|dejen|dejes|dejar|dejad|para|pare|paren|parad|parar|cesen|basta|alto|dejenme|'
		'dejeme)( ya)? de (escribir|mandar|enviar|contactar|molestar|textear|mensajear|acosar|'
		'fastidiar|chingar|insistir|hostigar)(me|nos|le|les)?\M(?!( \w+){0,3} (tecnico|tecnicos|plomero|plomeros|persona|'
		'gente|senor|muchacho|muchachos)\M)'
	-- do not do it (but "not before nine" is a wish for another hour)
	    or t ~ '\mno (me|nos) (vuelva|vuelvan|vuelvas) a (escribir|mandar|enviar|contactar|molestar|textear)\M'
	    or t ~ '\mno (me|nos) (escriba|escriban|escribas|textee|texteen|textees|contacte|contacten|'
		'contactes|moleste|molesten|molestes)\M(?!( mensajes)? (antes|despues|hasta|a las|a esta|'
		'en la|por la|de noche|durante|hoy|manana|todavia|aun|tan|mientras|cuando)\M)'
	    or t ~ '\mno (me|nos) (mande|manden|mandes|envie|envien|envies)( mas| ya| otro| otros| tantos|'
		' ningun| ningunos| esos| estos| sus| los| de| nada)* (mensaje|mensajes|mensajito|'
		'mensajitos|texto|textos|sms|recordatorio|recordatorios|publicidad|promociones|nada|'
		'mas)\M(?! (antes|despues|hasta|a las|a esta|en la|por la|de noche|durante|hoy|todavia|aun|'
		'tan|mientras|cuando|que|de|tecnicos|gente)\M)'
	    or t ~ '\mno (me|nos) (mande|manden|mandes|envie|envien|envies)( mas| nunca| jamas)*$'
	    or t ~ '\mno (escriba|escriban|mande mensajes|manden mensajes|envien mensajes|molesten|'
		'molestar)( mas| nunca)*( por favor| gracias)*$'
	-- do not want it
	    or t ~ '\mno (quiero|queremos|deseo|deseamos|necesito|me interesa)( recibir| que| me| nos| mas|'
		' ya| manden| mande| envien| envie| sigan| siga| mandando| enviando| sus| estos| esos| los|'
		' ningun| otro| otros| de| este| tipo| un| una)* (mensaje|mensajes|mensajitos|texto|textos|'
		'sms|publicidad|promociones|recordatorios)\M'
	    or t ~ '\mno (quiero|queremos|deseo) que( ya)? (me|nos) (escriban|escriba|contacten|contacte|'
		'texteen|textee|molesten|moleste|sigan escribiendo)\M'
	    or t ~ '\m(no mas|basta de|basta ya de|basta ya con|basta con|ya basta con|ya basta de|nada de|alto a|ya no) (los |sus |estos |esos )?(mensajes|textos|sms|mensajitos|publicidad)\M'
	-- end the messages
	    or t ~ '\m(parar|pare|paren|paro|detener|detenga|detengan|suspender|suspenda|suspendan|cancelar|'
		'cancele|cancelen|cancelo|frenar|terminar|termine|terminen|desactivar|desactive|quitar|'
		'quiten)( ya)?( de)?( todos)?( (los|estos|esos|sus|mis|el))?( envio de)? (mensaje|mensajes|'
		'textos|sms|mensajitos|recordatorios)\M'
	-- send no more; consent to none
	    or t ~ '\mno (envie|envien|envies|mande|manden|mandes|enviar|mandar|escribir|escribirme|textear|textearme)( mas| ya| nada| nunca| jamas| por favor| gracias| aqui| a este numero)*$'
	    or t ~ '\mno (envie|envien|envies|mande|manden|mandes|enviar|mandar|recibir)( mas| ya| otro| otros| ningun| sus| los| estos| esos| de)* (mensaje|mensajes|'
		'mensajitos|texto|textos|sms|publicidad|promociones)\M(?! (antes|despues|hasta|a las|en la|por la|de noche|hoy|manana|todavia)\M)'
	    or t ~ '\m(no|ya no|nunca|tampoco) (quiero|queremos|deseo|deseamos|quisiera|acepto|autorizo|autorice|consiento|permito|pedi|solicite|estoy de acuerdo|'
		'estoy interesad[oa]|me gusta|doy permiso|doy mi permiso|doy autorizacion|doy mi consentimiento)( con| en| a| para| que| me| nos| recibir| recibiendo|'
		' mas| ya| seguir| manden| mande| envien| envie| sigan| sigas| mandando| enviando| de| ustedes| sus| su| los| el| estos| esos| este| tipo| ningun| otro| otros|'
		' un| una| envio)* (mensaje|mensajes|mensajitos|texto|textos|sms|publicidad|promociones|recordatorios)\M(?! (antes|despues|hasta|a las|en la|por la|de noche|todavia)\M)'
	    or t ~ '\m(no|ya no|nunca) (quiero|queremos|deseo|deseamos|quisiera) (seguir )?(recibir|recibiendo|recibirlos)( mas| ya| nada| esto| estos| esos| de ustedes| de nadie| nunca| aqui)*( por favor| gracias)*$'
	    or t ~ '\m(prefiero|preferiria|prefiriria|mejor|quisiera|gracias pero) no( me| nos)?( \w+){0,2} (mensaje|mensajes|textos|sms)\M'
	    or t ~ '\m(dejar|dejen|deje|parar|paren) de recibir(los|las)?( mas| sus| estos| esos| los| todos| de| esta)*( (mensaje|mensajes|textos|sms|publicidad)| por favor| ya)*$'
	    or t ~ '\m(necesito|quiero|queremos|pido|exijo|ruego|solicito|les pido|le pido|favor de|quisiera) que( ya| me| nos)* (paren|pare|parar|cesen|dejen|dejenme|basta)'
		'( ya| por favor| de una vez| todo| esto| con esto| con eso| con los mensajes| con los textos| gracias)*$'
	    or t ~ '\m(revoco|retiro|cancelo|quito|anulo|revocar|retirar)( mi| el| todo| este)* (consentimiento|permiso|autorizacion)\M'
	    or t ~ '\mque( ya)? no me (lleguen|llegue|manden|envien)( mas)? (mensajes|textos|sms)\M' or t ~ '^no me (lleguen|manden|envien) mas (mensajes|textos|sms)\M'
	    or t ~ '\mno (tienen|tiene|di|le di|les di|doy|he dado)( mi| el| ningun)* (consentimiento|permiso|autorizacion) (para|de)( \w+)? (escribir|mandar|enviar|contactar|textear|mensajes)'
	    or t ~ '^((por favor|ya|hola|gracias|ok) )*(no|sin|ningun|ya no) (mas )?(mensajes|textos|sms|mensajitos|textos ni mensajes)( por favor| gracias| de texto| ya)*$'
	    or t ~ '\mno (quiero|deseo)( ya)?( saber)?( nada)?( mas)? de ustedes\M'
	-- strike me off
	    or t ~ '\m(darme|darnos|deme|denme|dame|dennos|deme ya) de baja\M'
	    or t ~ '\m(quiero|deseo|solicito|pido)( la| mi)? baja\M'
	    or t ~ '\m(desuscrib|desuscrip|desinscrib)\w*'
	    or t ~ '\mcancel\w+ (mi|la|esta) (suscripcion|inscripcion)\M'
	    or t ~ '\m(saqueme|saquenme|sacame|saquenos|quiteme|quitenme|quitame|quitennos|borreme|borrenme|'
		'eliminenme|elimineme|retirenme|retireme|remuevanme|remuevame)( ya| por favor)?( (de|'
		'del) (la|su|sus|esta|esa|aqui|ahi|listado|lista)\M|$)'
	    or t ~ '\m(borre|borren|elimine|eliminen|quite|quiten|saque|saquen|olvide|olviden|pierda|pierdan|'
		'remueva|remuevan) (mi|este) (numero|telefono|celular)\M'
	    or t ~ '\m(dejeme|dejenme|dejame|dejenos|dejennos) (en paz|tranquil[oa]s?)\M'
	  from whole
$$;

-- Does a person want no more texts? The carrier's words in any case, and what
-- people write in their own. In doubt yes: a text too few can be repaired by
-- START, one too many cannot.
create or replace function lib.says_stop(body text) returns bool
language sql immutable as $$
	select lib.says_stop_en(body) or lib.says_stop_es(body)
$$;

-- Does a stop say besides that something is broken or was agreed on? Then
-- somebody reads it.
create or replace function lib.says_more(body text) returns bool
language sql immutable as $$
	select lib.plain_words(body) ~ '\m(leak|leaks|leaking|drips?|dripping|water|noise|noises|noisy|smell|smells|heat|heater|heating|furnace|boiler|ac|'
		'drain|drains|toilet|faucet|sink|pipe|pipes|clogged|broken|brakes|engine|car|tooth|pain|appointment|visit|technician|plumber|call me|'
		'fuga|fugas|gotea|goteando|agua|ruido|huele|calefaccion|calentador|caldera|tuberia|tubo|bano|inodoro|tapado|tapada|roto|rota|frenos|motor|'
		'diente|muela|dolor|cita|visita|tecnico|plomero|llameme|llamenme)\M'
$$;

-- Only a message of one such word, or one that says nothing else, lets texts
-- through again.
create or replace function lib.says_start(body text) returns bool
language sql immutable as $$
	select t in ('start', 'unstop', 'yes', 'resubscribe')
	    or t ~ '^((please|pls|ok|okay|hi|hello|yes|sorry|you can|you may|can you|could you|i want you to) )*(start|resume|restart)'
		' (texting|messaging|sending|contacting|writing)( me| us| to| texts| text| messages| the| your)*( again| please| now| thanks)*$'
	    or t ~ '^((please|pls|ok|okay|yes|you can|you may|can you|could you) )*(text|message) (me|us) again( please| now| thanks)*$'
	    or t ~ '^((please|pls|ok|okay|yes|can you|could you) )*(opt|sign|put) me back (in|on)( please)?$'
	    or t ~ '^((por favor|ok|si|hola) )*((vuelva|vuelvan|vuelve|puede volver|pueden volver|empiece|empiecen) a'
		' (escribirme|mandarme mensajes|enviarme mensajes|textearme)|(puede|pueden) (escribirme|mandarme mensajes) (otra vez|de nuevo))'
		'( por favor| gracias| otra vez| de nuevo)*$'
	  from (select lib.plain_words(body)) x(t)
$$;

-- Who writes to me, and how does this end? One word, or a question of that
-- kind; "help me with my furnace" is something else.
create or replace function lib.says_help(body text) returns bool
language sql immutable as $$
	select t ~ '^((please|pls|hi|hello|hey|ok) )*(help|info|help me|i need help|help info|more info)( please| pls)*$'
	    or t ~ '^((hi|hello|hey|sorry|and|ok|um|uh|wait) )*(who is (this|it)|whos this|who are you|'
		'who am i (texting|talking to)|what is this( about| number)?|whats this( about| number)?|'
		'who is texting me|how did you get (my|this) number|what number is this)( please)?$'
	    or t ~ '^((por favor|hola|disculpe|ok) )*(ayuda|informacion|necesito ayuda)( por favor)?$'
	    or t ~ '^((hola|disculpe|perdon|y|ok) )*(quien es|quien eres|quien habla|quienes son|'
		'con quien hablo|de parte de quien|quien me escribe|de quien es este numero|que es esto|'
		'como consiguio mi numero)( usted| ustedes| por favor)?$'
	  from (select lib.plain_words(body)) x(t)
$$;

-- Texts of one word that the carrier answers itself: stop, start, help. Null:
-- it does not, so an answer is ours to give.
create or replace function lib.carrier_word(body text) returns text
language sql immutable as $$
	select case when w in ('stop', 'stopall', 'unsubscribe', 'cancel', 'end',
			'quit', 'optout', 'revoke') then 'stop'
		when w in ('start', 'yes', 'unstop') then 'start'
		when w in ('help', 'info') then 'help' end
	  from (select lib.bare_words(body)) x(w)
$$;

-- 'es' or 'en' when the words show it, else null.
create or replace function lib.text_lang(body text) returns text
language sql immutable as $$
	select case when es > en then 'es' when en > es then 'en' end
	  from (select lib.plain_words(body)) x(t),
	lateral (select
		(select count(*) from regexp_matches(t,
			'\m(el|la|los|las|de|del|que|por|favor|para|mi|mis|me|nos|una|un|es|esta|este|estos|'
			'esto|con|quiero|quien|mensaje|mensajes|numero|mas|ya|gracias|hola|manana|puede|'
			'pueden|alto|pare|paren|basta|baja|ayuda|llame|mande|manden|escriban|dejen|'
			'cancelar|detener|tengo|necesito|calentador|agua|fuga|parar|parad|dejad|deje|deja|'
			'dejeme|dejenme|salir|detenga|detengan|desuscribir)\M', 'g')) as es,
		(select count(*) from regexp_matches(t,
			'\m(the|and|of|to|my|please|stop|text|texts|texting|message|messages|number|is|this|'
			'that|you|your|do|dont|want|need|with|for|it|thanks|thank|hello|hi|what|who|when|'
			'can|will|am|are|send|more|remove|unsubscribe|me|leave|alone|take|off|lose|get|how|'
			'these|those|us|quit|cease|there|have|has|it|in|at|on|we)\M', 'g')) as en) n
$$;
