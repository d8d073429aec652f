#include "dialog/es.h"

/* Words as es_split() spells them: no accents, "ñ" is "n". */
static const struct {
	enum nlu_intent is;
	const char *pattern;
} table[] = {
	{NLU_REPEAT, "^ ay|perdon|disculpe|eh|y? como|que|mande|perdon|eh|"
		     "disculpe|cual|que dijo|dice? $"},
	{NLU_REPEAT, "repita|repitame|repitalo|repitamelo|repite|repetir|"
		     "repetirme|repetirlo"},
	{NLU_REPEAT, "como|que dijo|dice|dijiste|decia usted?"},
	{NLU_REPEAT, "digame|dime|digalo otra|de vez|nuevo"},
	{NLU_REPEAT, "^ otra vez por? favor? $"},
	{NLU_REPEAT, "^ de nuevo por? favor? $"},
	{NLU_REPEAT, "una vez mas por? favor? $"},
	{NLU_REPEAT, "no le|la|lo|te|los|se? entiendo|entendi|escuche|escucho|"
		     "oigo|oi|oye|escucha|capte|comprendo|comprendi|alcance"},
	{NLU_REPEAT, "que significa|quiere decir"},
	{NLU_REPEAT, "mas despacio|lento|fuerte"},
	{NLU_REPEAT, "hable|habla mas"},
	{NLU_ROBOT, "es|eres|sera|esto usted|esto|tu|un? un|una? robot|maquina|"
		    "grabadora|grabacion|computadora|contestadora|bot|ia"},
	{NLU_ROBOT, "hablo|hablando|habla|estoy con una|un|alguien? robot|"
		    "maquina|grabadora|grabacion|computadora|contestadora|bot"},
	{NLU_ROBOT, "es|eres usted|tu? una? persona de|real|o"},
	{NLU_ROBOT, "^ es|eres|sera usted|tu? una? persona $"},
	{NLU_ROBOT, "hablo|hablando|habla|estoy con una persona $"},
	{NLU_ROBOT, "es|eres usted|tu? un? humano|humana|real|persona $"},
	{NLU_ROBOT, "es|eres usted|tu? un|una humano|humana|ser|hombre|mujer"},
	{NLU_ROBOT, "es persona o"},
	{NLU_ROBOT, "inteligencia artificial"},
	{NLU_ROBOT, "con quien hablo|estoy|tengo"},
	{NLU_PERSON, "hablar|hable|comunicar|comunicarme|comuniqueme|"
		     "conectar|conecteme|conectarme|paseme|pasame|pasarme|"
		     "transfiera|transfierame|transferir|transferirme|pongame|"
		     "atienda|poner con|a un|una|el|la|algun|alguna? "
		     "persona|humano|alguien|operador|operadora|agente|"
		     "representante|gerente|encargado|encargada|dueno|duena|"
		     "recepcionista|tecnico|jefe|supervisor|senorita|asesor|"
		     "ser|oficina"},
	{NLU_PERSON, "quiero|necesito|quisiera|prefiero hablar? con? un|una|el|"
		     "la? persona|humano|operador|operadora|agente|"
		     "representante|recepcionista|encargado|gerente"},
	{NLU_PERSON, "quiero|necesito|deme|llame|paseme con|a|al? su|el|la|un|"
		     "una? gerente|supervisor|supervisora|jefe|jefa"},
	{NLU_PERSON, "^ su|el|la|un? gerente|supervisor|supervisora por? "
		     "favor? $"},
	{NLU_PERSON, "^ con? un|una|el|la|algun|alguna? persona|humano|"
		     "operador|operadora|agente|representante|recepcionista|"
		     "alguien|encargado real|de|por|humana? verdad|favor? $"},
	{NLU_PERSON, "persona de verdad|real por? favor? $"},
	{NLU_PERSON, "persona real por? favor? $"},
	{NLU_PERSON, "ser humano por? favor? $"},
	{NLU_CALLBACK, "que alguien|me * llame|llamen|llamara|llamaran|marquen|"
		       "hable|regrese"},
	{NLU_CALLBACK, "llamenme|llameme|marquenme|marqueme"},
	{NLU_CALLBACK, "pueden|puede|podria|podrian|pudieran llamarme|"
		       "devolverme|regresarme|marcarme"},
	{NLU_CALLBACK, "me pueden|puede|podria|podrian|pudieran llamar|marcar|"
		       "devolver|regresar"},
	{NLU_CALLBACK, "devuelvanme|devuelvame|regresenme|regreseme la"},
	{NLU_CALLBACK, "dejar|deje|dejo|dejarle|tome|tomar|tomeme un|le? un? "
		       "mensaje|recado"},
	{NLU_WAIT, "espere|espereme|esperame|espera|esperese|aguarde|aguanteme|"
		   "aguante un|por|tantito|momento|poquito"},
	{NLU_WAIT, "espere|espereme|esperame|espera|esperese|aguarde $"},
	{NLU_WAIT, "^ un|deme|dame|permitame|permita un? momento|momentito|"
		   "segundo|segundito|minuto|minutito|ratito|instante por? "
		   "favor? $"},
	{NLU_WAIT, "deme|dame|permitame|regaleme|espere un? momento|momentito|"
		   "segundo|segundito|minuto|minutito|chance"},
	{NLU_WAIT, "dejeme|deja|dejame|permitame ver|pensar|checar|revisar|"
		   "preguntar|buscar"},
	{NLU_WAIT, "^ permitame|aguarde|momento|momentito por? favor? $"},
	{NLU_WAIT, "ahorita vuelvo|regreso"},
	{NLU_BYE, "adios"},
	{NLU_BYE, "hasta luego|pronto|manana"},
	{NLU_BYE, "nos vemos"},
	{NLU_BYE, "chao|chau|bye|baybay"},
	{NLU_BYE, "olvidelo|olvidalo|olvidese|olvidate"},
	{NLU_BYE, "dejelo|dejalo asi|ya $"},
	{NLU_BYE, "ya no quiero|necesito|gracias nada? $"},
	{NLU_BYE, "voy a colgar"},
	{NLU_BYE, "no me? interesa"},
	{NLU_BYE, "llamo|hablo|marco|llamare|vuelvo mas|despues|luego|otro|a "
		  "tarde|dia|llamar?"},
	{NLU_BYE, "me tengo que ir"},
	{NLU_BYE, "tengo que irme|colgar"},
	{NLU_BYE, "cambie de opinion|parecer|idea"},
	{NLU_BYE, "me arrepenti"},
	{NLU_NO_TEXTS, "no|sin|ni|nunca|deje|dejen|paren * mensaje|mensajes|"
		       "mensajito|mensajitos|texto|textos|sms|textee|texteen"},
	{NLU_NO_TEXTS,
	 "no me escriba|escriban|mande|manden|envie|envien|textee|"
	 "mensajee nada|mas"},
	{NLU_NO_TEXTS, "no me escriba|escriban|textee|texteen|mensajee $"},
	{NLU_STOP_TEXTS, "no me|nos escriba|escriban|mande|manden|envie|envien|"
			 "textee|texteen * mas|nunca"},
	{NLU_STOP_TEXTS, "no * mas mensaje|mensajes|texto|textos|sms"},
	{NLU_STOP_TEXTS, "no quiero|deseo * recibir * mensajes|textos|sms"},
	{NLU_STOP_TEXTS, "ya no me|quiero|mas * escriba|escriban|mande|manden|"
			 "envie|envien|mensajes|textos"},
	{NLU_STOP_TEXTS, "deje|dejen|paren|pare|basta de * mandar|mandarme|"
			 "enviar|enviarme|escribir|escribirme|mensajes|textos"},
	{NLU_STOP_TEXTS, "nunca me escriba|escriban|mande|manden|envie|envien"},
	{NLU_STOP_TEXTS,
	 "quitenme|quiteme|borrenme|borreme|eliminenme|saquenme|"
	 "saqueme de la|su|sus? lista|listas"},
	{NLU_TEXT_ME, "mandeme|envieme|mandenme|envienme|manda|mandame|enviame "
		      "un|el|los? mensaje|texto|mensajito|sms|datos|detalles"},
	{NLU_TEXT_ME, "por mensaje|texto|sms de|por? texto? $"},
	{NLU_TEXT_ME, "me puede|pueden|podria mandar|enviar un|los? mensaje|"
		      "texto|sms|datos|detalles"},
	{NLU_TEXT_ME, "escribame|texteeme|escribanme"},
	{NLU_HELLO, "^ hola|bueno|alo|oiga|si|halo? hola|alo|oiga|halo hola|"
		    "bueno|alo|ahi|esta? $"},
	{NLU_HELLO, "me escucha|oye|escuchan|oyen|copia"},
	{NLU_HELLO, "hay alguien|esta usted? ahi"},
	{NLU_HELLO, "sigue|siguen|esta ahi"},
	{NLU_THANKS,
	 "^ si|no|ok|okay|bueno|muy|muchas|muchisimas|mil|ay|perfecto|"
	 "esta|listo? muchas|bien|muchisimas|mil? gracias muy|"
	 "senorita|senor|amable|igualmente? amable? $"},
	{NLU_PRICE, "cuanto|cuantos me|nos|le|seria|es? "
		    "cuesta|cuestan|cobra|cobran|costaria|cobraria|cobrarian|"
		    "sale|saldria|vale|valen|seria|es|sera|va"},
	{NLU_PRICE,
	 "que|cual precio|costo|tarifa|precios|es|son tiene|tienen|el|"
	 "la|los? precio|costo|tarifa|precios|tarifas?"},
	{NLU_PRICE, "precio|precios|tarifa|tarifas|presupuesto|cotizacion|"
		    "cotizar|cotizarme|estimado"},
	{NLU_PRICE, "cuesta mucho|caro|la|el|una|un"},
	{NLU_PRICE, "es|sale|seria muy? caro"},
	{NLU_PRICE, "cobran|cobra por"},
	{NLU_PRICE, "cuanto dinero|dolares|tengo|tendria"},
	{NLU_NO_RECORD,
	 "no * grabe|graben|grabar|graba|grabando|grabada|grabado|"
	 "grabado|grabacion|grabaciones"},
	{NLU_NO_RECORD, "sin grabar|grabarme|grabacion|que"},
	{NLU_NO_RECORD, "deje|dejen|pare|paren|apague|quite|detenga de? la? "
			"grabar|grabarme|grabacion|transcribir"},
	{NLU_NO_RECORD,
	 "no * transcriba|transcriban|transcribir|guarde|guarden"},
	{NLU_NO_RECORD, "borre|borren|elimine|eliminen esta|la|mi|toda? "
			"grabacion|llamada|transcripcion"},
	{NLU_NO_RECORD, "no doy|autorizo|acepto mi|la|su|una? consentimiento|"
			"grabacion|transcripcion"},
	{NLU_LANG_EN, "ingles por|please"},
	{NLU_LANG_EN, "ingles $"},
	{NLU_LANG_EN, "en ingles"},
	{NLU_LANG_EN, "hablo|hablemos|habla|hablar|prefiero|quiero ingles"},
	{NLU_LANG_EN, "english"},
	{NLU_LANG_EN, "speak|in|switch english|inglish"},
	{NLU_LANG_ES,
	 "en|hablo|habla|hablan|hablar|prefiero|solo|alguien|quiero "
	 "espanol"},
	{NLU_LANG_ES, "^ en? espanol por? favor? $"},
	{NLU_LANG_ES, "no hablo|entiendo|se|hablar mucho|bien|nada|de? ingles"},
	{NLU_EXISTING, "tengo|tenia|teniamos|tenemos|hice|agende una|un|mi|ya "
		       "una? cita|reservacion|visita"},
	{NLU_EXISTING, "ya tengo|tenia|tenemos|habia|hice|agende * cita|"
		       "reservacion"},
	{NLU_EXISTING, "cancelar|cambiar|mover|posponer|reprogramar|reagendar|"
		       "confirmar|adelantar|atrasar|modificar|anular|cancele|"
		       "cambie|mueva|cancelo|cambiarla|moverla|recorrer mi|la|"
		       "una|nuestra|de? cita|reservacion|visita|hora|turno"},
	{NLU_EXISTING, "necesito|quiero|quisiera|tengo|debo|deseo|llamo|hablo|"
		       "gustaria|puedo que|para|a|por? cancelar|reprogramar|"
		       "reagendar|posponer|anular"},
	{NLU_EXISTING, "^ eh|si|pues|bueno|hola? cancelar|reprogramar|"
		       "reagendar por? favor? $"},
	{NLU_EXISTING, "no puedo|podre|podria ir|llegar|asistir|presentarme "
		       "manana|hoy|el|este|esta|a"},
	{NLU_EXISTING, "no voy|vamos a poder? ir|llegar|asistir manana|hoy|el|"
		       "este|esta|a"},
	{NLU_EXISTING, "cambio|cancelacion de cita|la|mi"},
	{NLU_EXISTING, "no puedo|voy|podre * ir|llegar|asistir * a mi|la cita"},
	{NLU_EXISTING, "sobre|acerca|por|de mi cita"},
	{NLU_SALES, "le|les|queremos|quiero|quisiera|quisieramos ofrecer|"
		    "ofrecerle|ofrecerles|presentar|presentarle|vender|"
		    "venderle|ofrezco"},
	{NLU_SALES, "le|les ofrezco|ofrecemos|vendemos"},
	{NLU_SALES, "llamo|hablo|llamamos de|para|por * ofrecer|ofrecerle|"
		    "promocion|publicidad|marketing"},
	{NLU_SALES,
	 "dueno|encargado|encargada|responsable de|del su|el|la|sus? "
	 "negocio|compras|empresa|publicidad|mercadeo|marketing|"
	 "pagos"},
	{NLU_SALES, "posicionamiento|google|internet en|maps|de su|google|"
		    "negocio"},
	{NLU_SALES, "prestamo|prestamos|credito|financiamiento para su|"
		    "negocios|empresas|sus"},
	{NLU_SALES, "su pagina web"},
	{NLU_ROBOCALL,
	 "oprima|presione|marque el|la? uno|1|dos|2|nueve|9|tecla"},
	{NLU_ROBOCALL, "este es un mensaje importante|automatico|grabado"},
	{NLU_ROBOCALL, "garantia extendida|de su vehiculo|auto|carro"},
	{NLU_ROBOCALL, "ultimo|ultima|final aviso|notificacion|advertencia"},
	{NLU_ROBOCALL, "no cuelgue"},
	{NLU_ROBOCALL, "usted|ha ha|sido sido? seleccionado|ganado|"
		       "preaprobado|elegido"},
	{NLU_ROBOCALL, "su cuenta ha|sera|fue sido? suspendida|bloqueada|"
		       "cancelada"},
	{NLU_WRONG, "numero|telefono equivocado"},
	{NLU_WRONG, "me equivoque de|con|al"},
	{NLU_WRONG, "me equivoque $"},
	{NLU_WRONG, "marque mal|equivocado"},
	{NLU_WRONG, "^ perdon|disculpe|ay|ah? equivocado|equivocada $"},
	{NLU_WRONG, "no es|era * el|la|lo que buscaba|queria"},
	{NLU_WRONG,
	 "no * es * casa|residencia|restaurante|pizzeria|farmacia de|"
	 "la|del"},
	{NLU_WRONG,
	 "no * es * casa|residencia|restaurante|pizzeria|farmacia $"},
	{NLU_WRONG, "buscaba|buscando|llamando|llamaba a|al otro|otra "
		    "numero|persona|lugar|empresa|negocio"},
	{NLU_SWEAR,
	 "puta|puto|putos|putas|mierda|carajo|chingar|chinga|chingada|"
	 "chingado|chingados|pendejo|pendeja|pendejos|pendejada|"
	 "cabron|cabrona|cabrones|joder|jodas|joda|verga|culero|"
	 "culo|maldita|maldito|malditos|pinche|pinches|cono|estupida|"
	 "estupido|idiota|imbecil|hijueputa|gonorrea|malparido|"
	 "mamadas|mames|boludo|pelotudo|cagada"},
	{NLU_SWEAR, "vete|vayase|vaya al|a infierno|diablo|la|volar"},
	{NLU_SWEAR, "hijo de puta|perra|su"},
};

unsigned es_intents(const struct nlu_text *t)
{
	unsigned found = 0;

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		if (!(found & 1u << table[i].is) &&
		    nlu_match(t, table[i].pattern, NULL, NULL))
			found |= 1u << table[i].is;
	}
	/* "¿es una persona?" asks, it does not want one */
	if ((found & 1u << NLU_ROBOT) &&
	    !nlu_match(t,
		       "quiero|necesito|quisiera|puedo|podria|comuniqueme|"
		       "paseme|prefiero|deseo",
		       NULL, NULL))
		found &= ~(1u << NLU_PERSON);
	/* "¿bueno?" is hello, "bueno" is not */
	if (t->n == 1 && nlu_in(t, 0, "bueno si diga digame") && es_question(t))
		found |= 1u << NLU_HELLO;
	else if (t->n == 1 && nlu_in(t, 0, "bueno si"))
		found &= ~(1u << NLU_HELLO);
	if (found & 1u << NLU_STOP_TEXTS)
		found |= 1u << NLU_NO_TEXTS;
	if (found & 1u << NLU_LANG_ES)
		found &= ~(1u << NLU_LANG_EN);
	/* talk about texts is no wish for one */
	if (found & 1u << NLU_NO_TEXTS)
		found &= ~(1u << NLU_TEXT_ME);
	/* "que me llamen primero": one of two things that were offered */
	if (nlu_match(t, "llame|llamen|llamarme|llameme|llamenme primero", NULL,
		      NULL))
		found &= ~(1u << NLU_CALLBACK);
	if (nlu_match(t, "no quiero|necesito|voy a? cancelar", NULL, NULL))
		found &= ~(1u << NLU_EXISTING);
	if (found & 1u << NLU_ROBOCALL)
		found &= ~(1u << NLU_SALES | 1u << NLU_EXISTING);
	return found;
}

enum nlu_urgency es_urgency(const struct nlu_text *t)
{
	static const struct {
		const char *pattern;
		enum nlu_urgency is;
	} tab[] = {
		{"no es|tan|muy|hay tan|muy|una|es? urgente|urgencia|"
		 "emergencia|grave|prisa|apuro",
		 NLU_URGENCY_ANY},
		{"no tengo|hay|llevo|corre prisa|apuro", NLU_URGENCY_ANY},
		{"sin prisa|apuro", NLU_URGENCY_ANY},
		{"no * urge", NLU_URGENCY_ANY},
		{"cuando puedan|pueda|quieran|sea|guste|gusten|tengan|tenga",
		 NLU_URGENCY_ANY},
		{"puede|puedo|podemos esperar", NLU_URGENCY_ANY},
		{"con calma", NLU_URGENCY_ANY},
		{"emergencia|urgente|urgentemente|urgencia|urge|urgentisimo",
		 NLU_URGENCY_NOW},
		{"ahora|ya|ahorita mismo", NLU_URGENCY_NOW},
		{"enseguida|inmediatamente|inmediato|cuanto-antes",
		 NLU_URGENCY_NOW},
		{"en seguida", NLU_URGENCY_NOW},
		{"para ya|ayer", NLU_URGENCY_NOW},
		{"esta|estan|estamos|se * inundando|inundado|inundada|inunda|"
		 "inundo|inundados|quemando|incendiando",
		 NLU_URGENCY_NOW},
		{"agua por todos|todas|todo|doquier", NLU_URGENCY_NOW},
		{"lo mas|antes|pronto|rapido pronto|rapido|posible|antes",
		 NLU_URGENCY_NOW},
		{"cuanto antes", NLU_URGENCY_NOW},
		{"no puede|puedo|podemos esperar", NLU_URGENCY_NOW},
		{"es|esta|muy grabe|peligroso", NLU_URGENCY_NOW},
		{"hoy", NLU_URGENCY_TODAY},
		{"esta tarde|noche|manana", NLU_URGENCY_TODAY},
		{"ahora|ahorita|ya $", NLU_URGENCY_NOW},
		{"esta semana", NLU_URGENCY_SOON},
		{"pronto", NLU_URGENCY_SOON},
		{"manana", NLU_URGENCY_SOON},
		{"en los proximos dias", NLU_URGENCY_SOON},
		{"en unos|un|dos|pocos|par dias|par", NLU_URGENCY_SOON},
	};

	for (size_t i = 0; i < ARRAY_LEN(tab); i++) {
		if (nlu_match(t, tab[i].pattern, NULL, NULL))
			return tab[i].is;
	}
	return NLU_URGENCY_NONE;
}
