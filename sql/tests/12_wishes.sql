-- What people mean by a text: Spanish stops, help, card numbers. Each table
-- has two sides: what must be seen, and what must not.
begin;
select * from no_plan();
set local search_path = nightbell, public;

select is(lib.says_stop(w), true, 'stop: ' || w) from unnest(array[
	'ALTO', 'alto', 'Alto.', '¡Alto!', 'PARE', 'paren', 'Basta', '¡Ya basta!', 'BAJA', 'para',
	'cancelar', 'CANCELAR', 'detener', 'salir', 'no más', 'No mas mensajes', 'no más mensajes por favor',
	'Por favor pare', 'ya paren por favor', 'Stop por favor', 'alto, por favor',
	'No me escriban más', 'no me escriba', 'No me escribas más', 'no me manden mensajes',
	'No me mande más mensajes', 'ya no me manden mensajes', 'no me envíen más textos',
	'No me envíe nada más', 'no nos manden publicidad', 'No me manden más', 'no me contacten',
	'No me molesten más', 'no me vuelvan a escribir', 'no me vuelva a mandar mensajes',
	'Deje de escribirme', 'Dejen de mandarme mensajes', 'deja de mandar mensajes', 'dejen de molestar',
	'paren de escribirme', 'PARE DE MANDAR MENSAJES', 'por favor deje de enviar textos',
	'No quiero recibir mensajes', 'no quiero más mensajes', 'Ya no quiero mensajes de ustedes',
	'no quiero que me escriban', 'no deseo recibir más mensajes', 'no quiero sus mensajes',
	'no necesito más recordatorios', 'Quiero darme de baja', 'deme de baja', 'Denme de baja por favor',
	'solicito la baja', 'quiero desuscribirme', 'desuscribir', 'desuscríbame', 'cancelar mi suscripción',
	'Cancele los mensajes', '¿cómo cancelo los mensajes?', 'quiero parar los mensajes', 'detengan los mensajes',
	'suspendan estos mensajes', 'Sáqueme de la lista', 'sáquenme de su lista', 'Quíteme de esta lista',
	'bórrenme de su lista', 'Borre mi número', 'eliminen mi número por favor', 'pierda mi número',
	'Déjeme en paz', 'déjenme en paz', 'déjenme tranquila', 'Basta. No soy yo.', 'Basta de mensajes',
	'ALTO, ya encontré a alguien', 'hola, no me manden más mensajes, gracias']) w;
select is(lib.says_stop(w), false, 'no stop: ' || w) from unnest(array[
	'la fuga no para', 'pare el agua por favor', '¿puede parar la fuga hoy?', 'el agua no para de salir',
	'el calentador dejó de funcionar', 'deja de calentar a media noche', 'no deja de gotear',
	'cancelar mi cita', 'Quiero cancelar la cita del martes', 'cancele la visita', '¿puedo cancelar mañana?',
	'no me mande al mismo técnico', 'dejen de mandar al mismo técnico', 'no me mande a nadie antes de las 8',
	'no me escriba antes de las nueve', 'no me mande mensajes después de las 10', 'no me manden más técnicos',
	'no recibí ningún mensaje', 'no me llegó su mensaje', '¿recibió mi mensaje?', 'no me escribieron ayer',
	'¿por qué no me escribe nadie?', 'no quiero perder la cita', 'no quiero esperar más', 'no quiero gastar más',
	'escríbame cuando llegue', 'mándeme un mensaje por favor', 'sí, mándeme los datos', 'para mañana por favor',
	'para el martes a las dos', 'es para mi mamá', 'vivo en El Alto', 'el techo es muy alto', 'fin de semana',
	'no puedo salir antes', 'voy a salir a las 3', 'la presión está baja', 'dar de baja el calentador viejo',
	'no más de cien dólares', 'gracias', 'sí', 'ayuda', 'no', 'hola, necesito un plomero', 'número equivocado',
	'no hay agua caliente', 'sáqueme una cita para hoy', 'ya no hace ruido', '']) w;
select is(lib.says_stop(w), true, 'stop in English as before: ' || w) from unnest(array[
	'STOP', 'stop texting me', 'please remove my number', 'no more texts']) w;

select is(lib.says_help(w), true, 'help: ' || w) from unnest(array[
	'help please', 'I need help', 'Who is this?', 'who''s this', 'Hi, who is this?', 'what is this about',
	'Who are you', 'how did you get my number?', 'AYUDA', 'ayuda por favor', '¿Quién es?', '¿quién me escribe?',
	'hola, ¿con quién hablo?']) w;
select is(lib.says_help(w), false, 'no help: ' || w) from unnest(array[
	'can you help me with my furnace', 'I need help with the sink', 'who is coming tomorrow?',
	'what is this noise in the wall', '¿quién viene mañana?', 'necesito ayuda con el agua', 'helpful, thanks']) w;

select is(lib.carrier_word(w), want, 'the carrier answers ' || w || ': ' || coalesce(want, 'no'))
  from (values ('STOP', 'stop'), (' Stop ', 'stop'), ('unsubscribe', 'stop'), ('OPTOUT', 'stop'), ('revoke', 'stop'),
	('YES', 'start'), ('unstop', 'start'), ('Help', 'help'), ('info', 'help'), ('opt out', null),
	('stop please', null), ('alto', null), ('ayuda', null)) v(w, want);
select is(lib.text_lang(w), want, 'in ' || coalesce(want, 'neither') || ': ' || w)
  from (values ('no me manden más mensajes', 'es'), ('ALTO', 'es'), ('please stop texting me', 'en'),
	('who is this?', 'en'), ('¿quién es?', 'es'), ('ok', null), ('12 Elm', null)) v(w, want);

-- cards (the vendors' test numbers) and what only looks like one
select is(lib.mask_cards(w), want, 'card: ' || w) from (values
	('4242424242424242', '[card number]'),
	('my card is 4242 4242 4242 4242 thanks', 'my card is [card number] thanks'),
	('5555-5555-5555-4444', '[card number]'), ('3782 822463 10005', '[card number]'),
	('4242 4242 4242 4242 exp 12/26 cvv 123', '[card number]'),
	('4242.4242.4242.4242, 12/2026, 123.', '[card number].'),
	('call 415 555 0123 and pay 4242424242424242', 'call 415 555 0123 and pay [card number]'),
	('4242424242424242 and 5555555555554444', '[card number] and [card number]'),
	('4242_4242_4242_4242', '[card number]'), ('4242/4242/4242/4242', '[card number]'), ('４２４２ ４２４２ ４２４２ ４２４２', '[card number]'),
	('it is four two four two, four two four two four two four two four two four two ok', 'it is [card number] ok'),
	('cuatro dos cuatro dos cuatro dos cuatro dos cuatro dos cuatro dos cuatro dos cuatro dos', '[card number]'),
	('forty two forty-two 4242 forty two forty two 4242', '[card number]'),
	('cuarenta y dos cuarenta y dos 4242 4242 4242', '[card number]'),
	('2 4242 4242 4242 4242', '2 [card number]'),
	('4242424242424242 then 12 Elm Street', '[card number] then 12 Elm Street')) v(w, want);
select is(lib.mask_cards(w), w, 'no card: ' || w) from unnest(array[
	'4242424242424241', '+14155550123', '415 555 0123 415 555 0199', 'call 4155550123 or 4155550199',
	'order 1234567890123', '12 Elm Street, 02139', 'Tuesday at 2', '', '2026-11-24 14:00 to 15:30', 'one or two of us', 'between two and four, or five',
	'call 5551234 o 5559876', 'apt 4, floor 2, 4242 Oak Rd, zip 02139']) w;
select * from finish();
rollback;
