/*
 * Everyday words, whatever they sound like: who said one of them meant it.
 * Only what is no such word may be a service's that was misread.
 */
#include "dialog/nlu.h"

/* As they stand in front of -s, -ed, -ing, -er and -ly. */
static const char english[] =
	"about absolutely account actually address advice after afternoon "
	"again agent ahead almost alone along already also although always "
	"another answer anybody anymore anyone anything anyway apologize "
	"appointment april arent around arrive assistant august available "
	"avenue away baby back because become been before begin behind "
	"believe belong below beside best better between bill billing book "
	"both bother boyfriend bring broke broken brother building business "
	"busy calendar call caller came cancel cannot cant card care case "
	"cash cause caution change charge cheap check child children choose "
	"church city claim class clear client close code coffee cold come "
	"company complain complaint computer concern condition confirm "
	"contact copy corner correct cost could couldnt couple course cousin "
	"coverage credit cross current customer daughter deal dear december "
	"decide deliver department depend describe desk detail didnt "
	"different difficult dinner direct discuss district doctor does "
	"doesnt done dont door doubt down downstairs drive driver drop during "
	"each earlier early eight eighty either eleven else email emergency "
	"employee empty english enough enter estimate even evening ever every "
	"everybody everyone everything everywhere exact exactly excuse expect "
	"expensive explain extra face fact family famous fast father favor "
	"february feel feet fell fifteen fifty figure file finally find fine "
	"finish first five floor follow forget forgot form forty four "
	"fourteen free friday friend from front full further future gave "
	"general gentleman gentlemen girl girlfriend give glad going gone "
	"good goodbye grandma grandmother great group guess guest guys hadnt "
	"half happen happy hard hasnt have havent having hear heard hearing "
	"heavy hello help here heres hers high hire hold home honest honestly "
	"hope hospital hour house however hows hundred hurry husband idea "
	"important inform information inside instead insurance interest "
	"invoice isnt issue itll january july june just keep kept kids kind "
	"knew know known ladies lady language large last late later learn "
	"least leave left less lets letter letting life light like line list "
	"listen little live location long look lose lost lots love lower maam "
	"machine made mail make maker manage manager many march matter maybe "
	"mean meant meet member mention message middle might mile million "
	"mind mine minute miss mister moment monday money month more morning "
	"most mother move much music must myself name near nearly need "
	"neighbor neighborhood neither nephew never news next nice niece "
	"night nine ninety nobody noise none noon normal normally note "
	"nothing notice november number nurse october offer office often okay "
	"once ones online only open order other others otherwise ourselves "
	"outside over owner paid paper pardon parent park parking part party "
	"past patient payment people perfect perhaps person pharmacy phone "
	"pick picture place plan please plenty point police policy possible "
	"prefer prescription press pretty price private probably problem "
	"promise provide public pull purchase push question quick quickly "
	"quiet quite quote ready real really reason receive recently "
	"receptionist record refer referral refund regard register regular "
	"relative remember remind reminder report represent representative "
	"request reschedule respond rest return right road robot room said "
	"sale same saturday save saying schedule school search second "
	"secretary seem seen sell send senior sense sent september service "
	"seven seventy several shall share should shouldnt show sick side "
	"sign simple since sister site situation sixty small smell some "
	"somebody someone something sometime sometimes somewhere soon sorry "
	"sort sound spanish speak speaker special spell spent spoke spoken "
	"spring stand start state stay step still stood stop store story "
	"straight street strong stuff such sunday supervisor supply support "
	"suppose sure system take taken talk team technician tell text than "
	"thank that thats their theirs them then there theres these they "
	"theyll theyre theyve thing think third thirteen thirty this those "
	"though thought thousand three thursday time today together told "
	"tomorrow tonight took total totally touch toward town tried trouble "
	"true trust truth trying tuesday turn twelve twenty twice type uncle "
	"under understand unless until upset upstairs useful usual usually "
	"very visit voice wait walk want warm wasnt water weather wednesday "
	"week weekend welcome well went were weve what whatever whats when "
	"whenever where wheres whether which while whoever whole whos whose "
	"wife will window winter wish with within without woman wonder word "
	"work worker world worry would wouldnt write wrong wrote yard yeah "
	"year yesterday youll young your youre yours youve";

static const char spanish[] =
	"abril adios agosto ahora alguien alguno alla alli antes apellido "
	"aqui ayer ayuda ayudar bastante bien buena buenas bueno buenos cada "
	"calle cambiar cambio camino casa casi cerca cinco ciudad claro "
	"colonia como comprar cosa costo creo cual cualquier cuando cuanto "
	"cuatro cuenta cuento cuesta decir dejar dentro derecho desde despues "
	"dias dice diez dijeron dijo dinero direccion disculpe doce domingo "
	"donde ellos empezar encontrar enero entonces entrar entre escuchar "
	"esperar espere esposa esposo esta estaba estado estan estar este "
	"estoy favor febrero fecha fuera gente gracias gusta haber hablar "
	"hablo hace hacer hacia hasta hermana hermano hija hijo hola hora "
	"horas idioma igual ingles jueves julio junio llama llamaba llamada "
	"llamado llamando llamar llame llamo llegar lleva luego lugar lunes "
	"madre manana mandar marido martes marzo mayo media mejor menos "
	"mensaje mientras miercoles minuto mismo mitad momento mucha muchas "
	"mucho muchos mujer nada nadie necesita necesito ninguno noche noches "
	"nombre nosotros noviembre nuestra nuestro nueve numero nunca ocho "
	"octubre oficina olvidar otra otro padre pagar palabra para parece "
	"parte pasa pasada pasado pasar pedir pensar pense perdon pero "
	"persona poco poder podria poner porque precio pregunta preguntar "
	"primera primero problema pronto puede pueden puedo pues punto quedar "
	"querer queria quien quiera quiere quiero quince quisiera recibir "
	"recordar recorrer sabado saber salir seguir segunda segundo seguro "
	"seis semana senor senora septiembre servicio siempre siete sigue "
	"sobre solo tambien tampoco tarde tardes telefono temprano tenemos "
	"tener tengo tercero tiempo tiene tienen todavia todo todos tomar "
	"trabajo traer trece treinta tres usted ustedes vamos veces vecino "
	"veinte venir verdad viene viernes visto vivir volver vuelta";

/* "Called", "bringing", "closer", "families" without their ends. */
static bool is_form(struct sv w)
{
	static const char *const ends[] = {"s",	  "es", "d", "ed",
					   "ing", "er", "r", "ly"};
	char base[24];

	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		size_t n = strlen(ends[i]), left = w.len - n;

		if (w.len < n + 3 || left + 2 > sizeof(base) ||
		    memcmp(w.p + left, ends[i], n))
			continue;
		memcpy(base, w.p, left);
		base[left] = 'e';
		if (nlu_sv_in((struct sv){base, left}, english) ||
		    nlu_sv_in((struct sv){base, left + 1}, english))
			return true;
		if (base[left - 1] == base[left - 2] &&
		    nlu_sv_in((struct sv){base, left - 1}, english))
			return true;
		base[left - 1] = 'y';
		if (w.p[left - 1] == 'i' &&
		    nlu_sv_in((struct sv){base, left}, english))
			return true;
	}
	return false;
}

bool nlu_is_everyday(struct sv w)
{
	return nlu_sv_in(w, english) || nlu_sv_in(w, spanish) || is_form(w);
}
