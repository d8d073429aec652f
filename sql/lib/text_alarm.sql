-- Emergencies in texts: gas, carbon monoxide, fire, flooding. What a caller
-- may say is the scripts' business; people type shorter. In doubt it is one.

-- "Do you fix gas leaks?" asks for a service, unless it is there or now.
create or replace function lib.alarm_asked(t text, here bool) returns text
language sql immutable as $$
	select case when here then t else regexp_replace(t,
		'\m(do|does|can|could|would|will) (you|anyone|anybody|your \w+)( guys| also| all)* (do|fix|repair|handle|check|service|inspect|'
		'test|detect|install|sell|clean|work on|deal with|offer)\M'
		'(?!( \w+){0,2} (my|our|this|the|a)( natural)? (gas|propane)( \w+)? (leak|leaking|smell|odor)\M)(?!( \w+){0,2} (my|our|this) (flood|burning))'
		'( \w+){0,3} (gas|propane|carbon|co|fire|smoke|flood|flooding|flooded)( \w+)?',
			'-', 'g') end
$$;

-- What is denied: "no gas smell". Not "oh no, gas", nor "never smelled gas
-- like this", nor "there was none, but now there is".
create or replace function lib.alarm_denied(t text) returns text
language sql immutable as $$
	select case when t ~ '\m(but|yet|and|until|pero|y|hasta)( \w+){0,3} (now|today|tonight|ahora|hoy)\M(?!.*\m(no|not|dont|none|nothing|gone|fine|okay|ok|fixed|ya no|nada)\M)'
		or t ~ '\m(hurry|asap|emergency|ayuda|auxilio|urgente|emergencia)\M' and t !~ '\m(not|no|isnt) (an |a |es )?(emergency|urgente|emergencia|hurry)\M'
	then t else regexp_replace(regexp_replace(regexp_replace(t,
		'\m(oh+|omg|god|ay|ah+|uh|hey|please|help) no\M', '-', 'g'),
		'\m(no|not|dont|cant|cannot|didnt|doesnt|never|without|isnt)( even| really| actually| any| a| the| longer| there| is|'
		' see| have| smelling| smell| smells| smelled)*( (gas|propane|carbon monoxide|fire|flames|smoke|flood|flooding|leak))+\M(?! (line|valve|off|like this|like that|this (strong|bad)|so (strong|bad)))',
			'-', 'g'),
		'\m(ya no|no) (huele|huelo|olemos|hay|veo|tengo|tenemos|es|esta|sale)( a| mucho| ningun| ninguna| nada| olor| de| fuga| escape)*'
		' (gas|fuga|escape|monoxido|fuego|humo|incendio|inundacion|inundado|inundada|nada)\M',
			'-', 'g') end
$$;

-- Words of a text, each of its sentences by itself with what is denied, asked
-- for or bought struck out.
create or replace function lib.alarm_words(body text) returns text
language sql immutable as $$
	select coalesce(btrim(string_agg(regexp_replace(regexp_replace(regexp_replace(
		lib.alarm_asked(lib.alarm_denied(lib.plain_words(part)), here),
		'\m(sell|sells|install|installs|installing|installed|installation|buy|replace|replacing|test|add|need|want|like|love|get|quote|price|change|changing)'
		'( a| an| any| the| my| new| our| some| for| of| in| two| three| more)* (co|carbon|carbon monoxide|smoke|fire|gas)'
		'( and \w+)?( (alarm|alarms|detector|detectors|sensor|sensors))+\M(?!( and| is| it| its| it is| are| keeps| has| just)* (going|goes|went|beeping|chirping|ringing|sounding|off|screaming))',
			'-', 'g'),
		'\m(fire (place|places|pit|department|truck|extinguisher|wood|sale|inspection|code|door|escape)|fireplaces?|firewood|'
		'smoke shop|flood (insurance|light|lights|zone|plain)|floodlights?)\M',
			'-', 'g'),
		'\m(venden|vende|instalar|instalan|instala|comprar|quiero|necesito|necesitamos|revisar|cambiar|probar|arreglan|reparan|hacen)( un| una| el| la| mi| unos| de| nuevo)*'
		' (detector|detectores|alarma|alarmas|sensor|fugas?)( de| contra| para)*( (monoxido|co|carbono|humo|gas|incendios))*'
		'(?!( \w+){0,3} (suena|sonando|sono|pita|pitando|ahora|urgente)\M)',
			'-', 'g'), ' ')), '')
	  from (select body ~* '\m(asap|urgent|urgently|emergency|hurry|right now|immediately|(have|got|is|smell|be) one|tengo una|hay una)\M') u(here),
		regexp_split_to_table(body, '[.!?;,\n]+') part
$$;

-- The kind of a dispatch, or null. t: alarm_words.
create or replace function lib.alarm_en(t text) returns text
language sql immutable as $$
	select case
	when t ~ '\m(smell|smells|smelling|smelled|stinks|reeks|odor|fumes)\M( \w+){0,4} (gas|gases|propane|sulfur|sulphur|methane|eggs?)\M'
	  or t ~ '\m(gas|propane)( (line|lines|pipe|pipes|main|hose|tank|meter|valve|connection|stove|oven|is|was|are|has|keeps|still|really|'
		'bad|strong))* (leak|leaks|leaking|leaked|smell|smells|odor|fumes|hissing|escaping|coming|everywhere|alarm|detector)\M'
	  or t ~ '\m(leak|leaks|leaking|crack|hole|break|rupture|hissing)( \w+)? (in|on|at|from|of|by|near)( \w+){0,2} (gas|propane) (line|lines|pipe|pipes|piping|main|hose|tank|meter|valve|connection|stove|oven|range|fitting|regulator)\M'
	  or t ~ '\m(might|may|could|must|has to) be( a)?( some)? (gas|propane)\M(?! (or|and|heater|furnace|boiler|line|stove|water|fireplace|unit|appliance|not)\M)' or t ~ '\mgas (company|utility|guy|man|people)( \w+){0,4} (found|detected|discovered)( there is| theres)?( a)?( \w+)? leak\M'
	  or t ~ '\m(left|forgot|leave)( \w+){0,2} (gas|propane)( \w+)? on\M'
	  or t ~ '\m(didnt|did not|couldnt|never|wasnt|havent) (smell|smelled|smelling) (gas|propane)\M.*\m(but|until)( \w+){0,3} (now|today|tonight)\M'
	  or t ~ '^(help |emergency |please )*(gas|propane|gas leak)( gas| leak| help| emergency| please| hurry| now)*$'
	  or t ~ '\m(leak|leaks|leaking)( of| from| out)?( the| my| our| a| some)?( natural)? (gas|propane)\M(?! (water|heater|furnace|boiler|dryer|fireplace|unit|station))'
	  or t ~ '\m(hit|hits|struck|broke|cut|burst|busted|exploded|leaking|ruptured|punctured|cracked|severed|damaged|nicked|broken|snapped|open)( \w+){0,2} (gas|propane)'
		' (line|lines|pipe|pipes|main|hose|tank|meter|valve)\M'
	  or t ~ '\m(gas|propane) (line|lines|pipe|pipes|main|hose|tank|meter|valve)( \w+){0,3} (broke|broken|burst|busted|exploded|blew|cracked|ruptured|cut|hit|snapped|severed|damaged)\M'
	  or t ~ '\m(full|filled|filling|fills)( up)? (of|with) (gas|propane|fumes)\M'
	  or t ~ '\m(cant|cannot|couldnt|unable to) (turn|shut|close|stop)( off)?( the| my| our)? (gas|propane)\M'
	  or t ~ '\m(rotten|rotting|spoiled) eggs?\M'
		then 'gas'
	when t ~ '\mcarbon (monoxide|dioxide|monoxid|monoxyde)\M' or t ~ '\mmonoxide\M'
	  or t ~ '\m(co|co2|carbon) (alarm|alarms|detector|detectors|poisoning|warning|alert|level|levels|reading|leak|leaking|is leaking|is high)\M'
	  or t ~ '\m(headache|headaches|dizzy|nauseous|vomiting|fainted|passed out)\M.*\m(alarm|detector|sensor)( \w+){0,3} (going|goes|went|beeping|ringing|sounding|screaming)\M'
	  or t ~ '\m(alarm|detector|sensor)( \w+){0,3} (going|goes|went|beeping|ringing|sounding)( \w+){0,8} (headache|headaches|dizzy|nauseous|sick|vomiting|fainted)\M'
		then 'co'
	when t ~ '\m(on fire|in flames|caught fire|catching fire|up in smoke|burning down)\M'
	  or t ~ '\m(theres|there is|there are|we have|i have|ive got|we got|i see|we see|seeing|big|a|house|kitchen|electrical|grease|chimney)'
		'( a| an| some| lots of| black| thick| big| lot of)* (fire|flames)( (in|at|on|now|here|help)\M|$)'
	  or t ~ '\m(house|home|kitchen|garage|basement|attic|room|roof|wall|outlet|wires?|wiring|panel|furnace|heater|dryer|stove)( is| are| was)? burning\M(?! (wood|oil|gas|too|more|less|a lot)\M)'
	  or t ~ '\msmoke( is| was| keeps)? (coming|pouring|filling|everywhere)\M' or t ~ '\m(full|filled|filling)( up)? (of|with) smoke\M'
	  or t ~ '\m(smoke|fire) (alarm|alarms|detector)( is| are| keeps)? (going|went|sounding|ringing)\M' or t ~ '^(help )?fire( help| fire)*$'
		then 'other'
	when t ~ '\m(flood|flooding|flooded|floods|floding)\M'
	  or t ~ '\m(pipe|pipes|hose|tank|line|main|boiler|heater)( \w+){0,3} (burst|bursted|exploded)\M'
	  or t ~ '\m(burst|bursted|exploded|busted)( \w+){0,2} (pipe|pipes|hose|tank|main|water)\M'
	  or t ~ '\mwater( \w+){0,3} (everywhere|all over|pouring|gushing|spraying|rushing|ankle deep)\M'
	  or t ~ '\mwater( is| keeps)? coming (through|from|down|out of) (the |my |our )?(ceiling|walls?|lights?|roof|floor)\M'
	  or t ~ '\m(gushing|pouring|spraying|rushing)( \w+){0,3} water\M'
	  or t ~ '\msewage( \w+){0,3} (coming|backing|everywhere|all over|up)\M'
	  or t ~ '\m(cant|cannot|couldnt|unable to) (turn|shut|stop)( off)?( the| my| our)? water\M'
		then 'flood'
	end
$$;

create or replace function lib.alarm_es(t text) returns text
language sql immutable as $$
	select case
	when t ~ '\m(huele|huelo|guele|olemos|oler|oliendo|olor|olores|apesta|peste|hiede|siento|sentimos)\M( \w+){0,4} (gas|gases|propano|butano|azufre|huevos?)\M'
	  or t ~ '\m(fuga|fugas|escape|escapa|escapando|sale|saliendo|tirando|soltando)( \w+){0,2} (gas|propano)\M'
	  or t ~ '\m(gas|propano)( \w+){0,2} (saliendo|escapando|escapandose|escapa|fugando|fugandose|fuga)\M' or t ~ '\mhay (mucho |demasiado )?(gas|olor a gas)\M(?! natural)'
	  or t ~ '\m(fuga|fugas|escape|escapa|gotea|perdida|grieta|hoyo|agujero) (en|de|por|del|desde)( \w+){0,2} (linea|tuberia|tubo|manguera|toma|tanque|medidor|valvula|cilindro|conexion|estufa) (de|del) (gas|propano)\M'
	  or t ~ '\mno (olia|olimos|huele|habia|hubo)( \w+){0,2} gas\M.*\m(pero|y|hasta)( \w+)? (ahora|hoy|ya)\M(?!.*\mno\M)' or t ~ '\m(deje|dejamos|dejo|dejaron|olvide)( \w+){0,3} gas (abierto|abierta|prendido|encendido)\M'
	  or t ~ '\m(llena|lleno|llenando|llenandose)( \w+)? (de|con) gas\M' or t ~ '\mhuevos? podridos?\M'
	  or t ~ '\m(rompio|rompi|rompimos|rompieron|roto|rota|revento|exploto|estallo|quebro|agujere[oe]|perfore|corto|cortaron|golpee|pique)( \w+){0,3} (linea|tuberia|tubo|manguera|toma|tanque|medidor|valvula) (de|del) gas\M'
	  or t ~ '\m(linea|tuberia|tubo|manguera|tanque|medidor|valvula) (de|del) gas( \w+){0,3} (rompio|roto|rota|rompieron|quebro|danada|danado|revento|reventada|exploto|estallo|fuga|abierta)\M'
	  or t ~ '\mno (puedo|podemos|logro) (cerrar|apagar)( la| el)?( llave)?( de| del)? gas\M'
	  or t ~ '\m(alarma|detector|sensor) (de|del) (gas|propano)\M'
		then 'gas'
	when t ~ '\m(monoxido|monoxico|monosido)\M' or t ~ '\m(alarma|detector|sensor) (de |del )?(co|carbono)\M'
	  or t ~ '\m(alarma|detector|sensor)( \w+){0,3} (suena|sonando|sono|pitando)( \w+){0,8} (dolor|mareo|mareado|mareados|mareada|nauseas|vomito)\M'
	  or t ~ '\m(dolor de cabeza|mareo|mareos|mareado|mareados|mareada|nauseas|vomito|desmayo)\M.*\m(suena|sonando|sono|pita|pitando)( \w+){0,2} (alarma|detector|sensor)\M'
	  or t ~ '\m(dolor de cabeza|mareo|mareos|mareado|mareados|mareada|nauseas|vomito|desmayo)\M.*\m(alarma|detector|sensor)( \w+){0,3} (suena|sonando|sono|pita|pitando)\M'
		then 'co'
	when t ~ '\m(hay|tenemos|veo|vemos)( un| mucho| mucha| una)* (fuego|incendio|llamas|humo)\M' or t ~ '\m(incendio|incendiando|incendiandose|quemandose|ardiendo)\M'
	  or t ~ '\m(se (esta|estan) quemando|en llamas|agarro fuego|prendio fuego|lleno de humo|llena de humo)\M'
	  or t ~ '\m(sale|saliendo|echando)( \w+)? (humo|llamas|fuego)\M'
		then 'other'
	when t ~ '\minund(a|o|ado|ada|ados|adas|ando|andose|andome|acion|aciones)\M'
	  or t ~ '\m(revento|reventado|reventada|reventaron|exploto|estallo)( \w+){0,3} (tubo|tuberia|cano|caneria|manguera|tanque|boiler|calentador)\M'
	  or t ~ '\m(tubo|tuberia|cano|caneria|manguera|tanque|boiler|calentador)( \w+){0,2} (revento|reventado|reventada|exploto|estallo)\M'
	  or t ~ '\magua por (todos|todas|todo|doquier)\M' or t ~ '\m(sale|saliendo|brota|brotando|tirando|chorreando)( \w+)? (mucha|muchisima) agua\M'
	  or t ~ '\magua( \w+){0,2} (cae|cayendo|chorrea|chorreando|brotando)\M' or t ~ '\maguas negras\M'
	  or t ~ '\mno (puedo|podemos|logro) (cerrar|parar|detener)( la| el)?( llave)?( de| del)?( el)? agua\M'
		then 'flood'
	end
$$;

-- Wants to cancel or move a visit? 'cancel', 'move' or null.
create or replace function lib.text_change(body text) returns text
language sql immutable as $$
	select case
	when t ~ '\m(dont|do not|no|not|never|nunca) (want to |quiero )?(cancel|cancele|cancelen|cancelar|move|reschedule|mueva|cambie)\M'
		then null
	when t ~ '\m(reschedule|rescheduling|postpone|push (it|this|my \w+) back|(different|another|other|later|earlier) (time|day|date)|'
		'(move|change|switch|shift) (my|the|our|it|this|that)( \w+)?( to|$| appointment| visit| time| day))\M'
	  or t ~ '\m(reprogramar|reprograme|reprogramen|reagendar|posponer|aplazar|(cambiar|cambiarme|cambie|cambien|mover|mueva|muevan|pasar)'
		'( de| la| mi| el| su)* (cita|visita|hora|dia|fecha)|otro dia|otra hora|otra fecha)\M'
		then 'move'
	when t ~ '\m(cancel|cancelling|canceling|cancelled|cancellation)\M'
	  or t ~ '\m(cant|cannot|can not|wont|will not|not able to|unable to) (make|be there|come|be able|keep)\M'
	  or t ~ '\m(dont|do not|no longer) need (the|my|this|that|a|you|your|it|anybody|anyone)( \w+)?( appointment| visit| anymore| any more| to come|$)'
	  or t ~ '\m(cancelar|cancele|cancelen|cancelo|cancela|cancelacion|anular)\M'
	  or t ~ '\m(no (puedo|podre|podemos|podremos|voy a poder) (ir|estar|asistir|llegar|recibirlos)|ya no (necesito|ocupo|vengan|hace falta))\M'
		then 'cancel' end
	  from (select lib.plain_words(body)) x(t)
$$;
