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
		'\mstop (the |my |our |a |this |that |it from )?(leak|leaks|leaking|water|drip|dripping|flood|flooding|noise|running|overflow|overflowing|smell|working|heating|cooling)\M',
			'-', 'g')
$$;

-- "No more texts", in English.
create or replace function lib.says_stop_en(body text) returns bool
language sql immutable as $$
	with whole (t) as (select lib.strike_other_stops(lib.bare_words(body)))
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
	    or t ~ '\m(stop|quit|cease)( with| sending| me| us| the| all| all of| these| those| this| your|'
		' any| of| from| to| more)* (text|texts|texting|txt|txts|message|messages|messaging|sms|'
		'contact|contacting|sending|writing|bothering|spam|spamming|harassing)\M'
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
		'hostigar)(me|nos|le|les)?\M(?!( \w+){0,3} (tecnico|tecnicos|plomero|plomeros|persona|'
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
	    or t ~ '\m(no mas|basta de|nada de|alto a|ya no) (los |sus |estos |esos )?(mensajes|textos|sms|mensajitos|publicidad)\M'
	-- end the messages
	    or t ~ '\m(parar|pare|paren|paro|detener|detenga|detengan|suspender|suspenda|suspendan|cancelar|'
		'cancele|cancelen|cancelo|frenar|terminar|termine|terminen|desactivar|desactive|quitar|'
		'quiten)( ya)?( de)?( todos)?( (los|estos|esos|sus|mis|el))?( envio de)? (mensaje|mensajes|'
		'textos|sms|mensajitos|recordatorios)\M'
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
