#include "dialog/es.h"

/* Words as es_split() spells them: no accents, "ñ" is "n". */
/* "No dejen de mandarme mensajes" pleads for more. */
#define GO_ON_TEXTS                                                            \
	"no me? deje|dejen|paren|pare de mandar|mandarme|enviar|enviarme|"     \
	"escribir|escribirme"

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
	{NLU_BYE, "llamo|hablo|marco|llamare|llamar|vuelvo mas|otro "
		  "tarde|dia|rato"},
	{NLU_BYE, "llamo|hablo|marco|llamare|llamar|vuelvo despues|luego"},
	{NLU_BYE, "^ * vuelvo a llamar por? favor? $"},
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
	{NLU_STOP_TEXTS, "no me|nos? escriba|escriban|mande|manden|envie|"
			 "envien|textee|texteen|escribas|mandes * mas|nunca|"
			 "jamas"},
	{NLU_STOP_TEXTS, "no * mas mensaje|mensajes|texto|textos|sms"},
	{NLU_STOP_TEXTS, "no quiero|deseo|queremos|necesito|pedi|solicite * "
			 "recibir|mas|sus|esos|estos * mensaje|"
			 "mensajes|texto|textos|sms"},
	{NLU_STOP_TEXTS, "no autorizo|acepto|autorice|consiento|permito * "
			 "mensaje|mensajes|texto|textos|sms"},
	{NLU_STOP_TEXTS, "ya no? me|quiero|mas * escriba|"
			 "escriban|mande|manden|envie|envien|mensajes|textos"},
	{NLU_STOP_TEXTS, "dejar de mandar|mandarme|enviar|enviarme|escribir|"
			 "escribirme|recibir"},
	{NLU_STOP_TEXTS, "deje|dejen|paren|pare|parar|basta|alto|"
			 "detengan|suspendan|cancelen de|con|los|sus|ya? * "
			 "mandar|mandarme|enviar|enviarme|escribir|escribirme|"
			 "mensaje|mensajes|texto|textos|sms"},
	{NLU_STOP_TEXTS, "nunca|jamas mas? me|nos escriba|escriban|mande|"
			 "manden|envie|envien|textee|texteen|vuelva|vuelvan"},
	{NLU_STOP_TEXTS, "no me? vuelva|vuelvan a escribir|escribirme|mandar|"
			 "mandarme|enviar|enviarme|textear"},
	{NLU_STOP_TEXTS, "nunca|jamas * mensajes|textos|sms"},
	{NLU_STOP_TEXTS, "quitenme|quiteme|borrenme|borreme|eliminenme|"
			 "saquenme|saqueme de la|su|sus? lista|listas|mensajes|"
			 "sistema"},
	{NLU_STOP_TEXTS, "quiten|quite|borren|borre|eliminen|elimine|olviden|"
			 "saquen mi|este numero|telefono"},
	{NLU_STOP_TEXTS, "darme|deme|denme de baja"},
	{NLU_STOP_TEXTS, "revoco|retiro mi|el? consentimiento|permiso|"
			 "autorizacion"},
	{NLU_TEXT_ME, "mandeme|envieme|mandenme|envienme|manda|mandame|enviame "
		      "un|el|los? mensaje|texto|mensajito|sms|datos|detalles"},
	{NLU_TEXT_ME, "por mensaje|texto|sms de|por? texto? $"},
	{NLU_TEXT_ME, "me puede|pueden|podria mandar|enviar un|los? mensaje|"
		      "texto|sms|datos|detalles"},
	{NLU_TEXT_ME, GO_ON_TEXTS},
	{NLU_TEXT_ME, "siga|sigan mandandome|enviandome|escribiendome|"
		      "mandando|enviando"},
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
	{NLU_NO_RECORD,
	 "no|sin|ni|nunca * grabara|grabaran|grabarme|grabarnos|"
	 "grabaron|grabemos|grabo|graben|grabaciones|transcripcion|"
	 "transcripciones|transcriba|transcriban|transcribir|"
	 "transcribieran|transcribe"},
	{NLU_NO_RECORD,
	 "no|nunca|tampoco estoy|estaba|estamos|estuve * acuerdo "
	 "* * grabacion|grabar|graben|grabe|grabado|grabada|"
	 "transcripcion"},
	{NLU_NO_RECORD, "no|nunca di|dimos|doy|damos|he|autorice|acepte|"
			"consenti|consiento|permito|permiti|autorizo|acepto|"
			"quise * * grabacion|grabar|graben|grabe|grabaran|"
			"grabado|grabada|transcripcion|consentimiento"},
	{NLU_NO_RECORD, "me opongo|niego|rehuso * * grabacion|grabar|graben|"
			"grabado|grabada|transcripcion|transcriban"},
	{NLU_NO_RECORD,
	 "no|sin * anote|anoten|apunte|apunten|tome|tomen|guarde|"
	 "guarden nada|todo|notas|esto"},
	{NLU_NO_RECORD, "no|sin * anote|anoten|apunte|apunten|escriba|escriban "
			"lo? de? que? digo|diga|dije|hablo|hablamos|hable"},
	{NLU_NO_RECORD, "quiero|sea|que|mantenga|mantener * llamada|"
			"conversacion sea|es? privada|confidencial"},
	{NLU_NO_RECORD, "sin grabar|grabarme|grabacion|que"},
	{NLU_NO_RECORD, "deje|dejen|pare|paren|apague|apaguen|quite|quiten|"
			"detenga|detengan|desactive|desactiven de|la|esa? la? "
			"grabar|grabarme|grabacion|transcribir|grabadora|"
			"transcripcion"},
	{NLU_NO_RECORD,
	 "no * transcriba|transcriban|transcribir|guarde|guarden"},
	{NLU_NO_RECORD, "borre|borren|elimine|eliminen esta|la|mi|toda|esa? "
			"grabacion|llamada|transcripcion"},
	{NLU_NO_RECORD, "no doy|autorizo|acepto mi|la|su|una? consentimiento|"
			"grabacion|transcripcion"},
	{NLU_NO_RECORD,
	 "graban|graba|grabando|grabada|grabado|grabar|transcribe|"
	 "transcriben|transcribiendo * no * quiero|queremos|quisiera|acepto|"
	 "autorizo|permito|doy|consiento|gusta|acuerdo|gracias"},
	{NLU_NO_RECORD,
	 "graban|graba|grabando|grabada|grabado|transcribe|transcriben|"
	 "transcribiendo * pare|paren|deje|dejen|detenga|detengan|apague|"
	 "apaguen|apaguela|quitela|borrela|borrelo"},
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
	{NLU_EXISTING, "no voy|vamos a poder|alcanzar el|la|manana|hoy|este|"
		       "esta|pasado|lunes|martes|miercoles|jueves|viernes|"
		       "sabado|ir|llegar|asistir|estar"},
	{NLU_EXISTING, "ya no puedo|podre|podemos el|la|manana|hoy|este|ir|"
		       "llegar|asistir|estar"},
	{NLU_EXISTING, "no voy|vamos a poder ir|llegar|asistir? $"},
	{NLU_EXISTING, "me salio|surgio algo|un|una"},
	{NLU_EXISTING, "cancelar|cambiar|mover|pasar|posponer|reagendar|"
		       "recorrer|adelantar|atrasar lo|la de|del el|manana|hoy|"
		       "lunes|martes|miercoles|jueves|viernes|sabado|las"},
	{NLU_EXISTING, "cambio|cancelacion de cita|la|mi"},
	{NLU_EXISTING, "no puedo|voy|podre * ir|llegar|asistir * a mi|la cita"},
	{NLU_EXISTING, "sobre|acerca|por|de mi cita"},
	{NLU_EXISTING, "hora|cuando|dia|fecha es|era|tengo|tenia|seria mi|la|"
		       "nuestra? cita|visita|turno|reservacion"},
	{NLU_SALES, "ofrecerle|ofrecerles|presentarle|presentarles|venderle|"
		    "venderles"},
	{NLU_SALES, "le|les|queremos quiero|queremos|quisiera|quisieramos|"
		    "puedo|podemos? ofrecer|presentar|vender|ofrezco"},
	{NLU_SALES, "le|les ofrezco|ofrecemos|vendemos|vendo"},
	{NLU_SALES, "llamo|hablo|llamamos de|para|por * ofrecer|ofrecerle|"
		    "ofrecerles|publicidad|marketing|mercadeo"},
	{NLU_SALES, "tenemos|tengo una promocion|oferta para usted|ustedes|su|"
		    "negocios|empresas"},
	{NLU_SALES, "dueno|encargado|encargada|responsable|alguien de|del|para "
		    "su|el|la|las|sus|lo? compras|publicidad|mercadeo|"
		    "marketing"},
	{NLU_SALES, "posicionamiento en|web|de"},
	{NLU_SALES, "aparecer|aparezca|aparezcan|posicionar|posicionarse|"
		    "posicionamos|posicione|anunciarse * google|internet|"
		    "primeros"},
	{NLU_SALES, "disenar|diseno|disenamos|mejorar|crear|creamos|hacerle|"
		    "hacemos * pagina|sitio|paginas web|internet"},
	{NLU_SALES, "prestamo|prestamos|credito|financiamiento para su|"
		    "negocios|empresas|sus"},
	{NLU_ROBOCALL, "oprima|presione|pulse el|la? numero|tecla? uno|1|dos|2|"
		       "tres|3|nueve|9|cero|0|tecla"},
	{NLU_ROBOCALL, "marque el? uno|1|dos|2|tres|3|nueve|9|cero|0 para|"
		       "ahora|si|o"},
	{NLU_ROBOCALL, "este es un mensaje importante|automatico|grabado"},
	{NLU_ROBOCALL, "garantia extendida|de su vehiculo|auto|carro"},
	{NLU_ROBOCALL, "es|sera su|el|nuestro|un? ultimo|ultima|final aviso|"
		       "notificacion|advertencia"},
	{NLU_ROBOCALL, "no cuelgue * esta|este|mensaje|llamada|importante|"
		       "automatica|usted"},
	{NLU_ROBOCALL, "usted|ha ha|sido sido? seleccionado|ganado|"
		       "preaprobado|elegido"},
	{NLU_ROBOCALL, "su cuenta ha|sera|fue sido? suspendida|bloqueada|"
		       "cancelada"},
	{NLU_WRONG, "numero|telefono equivocado"},
	{NLU_WRONG, "me equivoque de|al numero|telefono|persona|lugar|negocio|"
		    "empresa|marcar|llamar|marque"},
	{NLU_WRONG, "me equivoque con el|la numero|llamada"},
	{NLU_WRONG, "^ * marque mal|equivocado el? numero? $"},
	{NLU_WRONG, "marque mal|equivocado el|su numero|telefono"},
	{NLU_WRONG, "marque el|un? numero mal|equivocado|que"},
	{NLU_WRONG, "^ perdon|disculpe|ay|ah? equivocado|equivocada $"},
	{NLU_WRONG, "no es|era el|la|un|este? numero|telefono|negocio|lugar|"
		    "persona que buscaba|queria|busco|quiero"},
	{NLU_WRONG, "^ bueno|hola|alo|perdon|disculpe|oiga? no? es|esta|hablo "
		    "a|ahi|con? la|el? casa|residencia de|del la|el|los? "
		    "senora|senor|familia|don|dona"},
	{NLU_WRONG, "^ bueno|hola|alo|perdon|disculpe|oiga? no? es|hablo|llamo "
		    "a|con|al? el|la|un|una? restaurante|pizzeria|farmacia|"
		    "banco|hospital|hotel|escuela|iglesia"},
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

/* Sentences with the same words that are something else. */
static const struct {
	unsigned bits;
	const char *pattern;
} not_it[] = {
	{1u << NLU_STOP_TEXTS | 1u << NLU_NO_TEXTS, GO_ON_TEXTS},
	{1u << NLU_WRONG,
	 "dieron|dio|diste|pusieron|puso|puse|tienen|tiene|tenian|"
	 "apunto|apuntaron|mandaron|escribieron|anotaron|salio|"
	 "viene|aparece|marcaron|llamaron * numero|telefono "
	 "equivocado"},
	{1u << NLU_SALES, "presentar|presentarle|presentarles|ofrecerle|"
			  "ofrecerles una|unas|mi|mis? queja|quejas|"
			  "reclamo|denuncia|disculpa|disculpas"},
	{1u << NLU_SALES,
	 "vender|venderle|venderles|vendo|ofrecer|ofrecerle|"
	 "ofrecerles mi|mis|nuestra|nuestro|nuestras|nuestros"},
	{1u << NLU_ROBOCALL, "yo|ya|me|si|cuando|que oprima|presione|pulse"},
	{1u << NLU_NO_RECORD, "no tengo|tenemos|tenia|se|me * grabado|grabada"},
	{1u << NLU_NO_RECORD, "camara|camaras|timbre no|que * graba"},
	{1u << NLU_NO_RECORD, "no me? importa|molesta * * graben|grabe|grabar|"
			      "grabada|grabado|grabacion"},
	{1u << NLU_NO_RECORD, "no * guarde|guarden el|la|mi|un|una lugar|cita|"
			      "espacio|turno"},
	{1u << NLU_BYE, "ya no quiero|necesito que|la|mi|el"},
};

/* Who says this wants a service, or tells of a fault: no pitch does. */
static const char *const customers[] = {
	"mi|mis|nuestra|nuestro * descompuso|descompuesto|descompuesta|"
	"roto|rota|fuga|gotea|tapado|tapada|tapo|dano|danado|"
	"danada|duele|duelen|fallando|falla|quemo|murio|revento",
	"mi|mis|nuestra|nuestro * no sirve|funciona|prende|arranca|"
	"enfria|calienta|enciende|cierra|abre|anda|jala",
	"se me? tapo|rompio|descompuso|dano|quemo|revento|inundo|"
	"cayo|partio|apago|quebro",
	"me duele|duelen|molesta|sangra|sangran",
	"tengo|tenemos|hay una|un fuga|goteo|problema|cita|tuberia",
	"necesito|quiero|quisiera|quisieramos|busco|buscamos|ocupo|"
	"para hacer|una|un|agendar|reservar|pedir|"
	"sacar|programar? una|un|mi|el|la? cita|limpieza|corte|"
	"reparacion|plomero|tecnico|mecanico|electricista|dentista|"
	"visita|cotizacion|presupuesto|arreglo|instalacion|revision|"
	"tinte|manicura|cambio|consulta|valuacion|avaluo",
	"arreglar|arreglen|arregle|reparar|reparen|revisar|revisen|"
	"instalar|limpiar|destapar|cambiar|pintar|cortar * mi|mis|"
	"el|la|los|las|nuestra|nuestro|un|una",
};

static unsigned mistaken(const struct nlu_text *t, unsigned found)
{
	for (size_t i = 0; i < ARRAY_LEN(not_it); i++) {
		if ((found & not_it[i].bits) &&
		    nlu_match(t, not_it[i].pattern, NULL, NULL))
			found &= ~not_it[i].bits;
	}
	for (size_t i = 0; (found & NLU_HANG_UPS) && i < ARRAY_LEN(customers);
	     i++) {
		if (nlu_match(t, customers[i], NULL, NULL))
			found &= ~NLU_HANG_UPS;
	}
	return found;
}

unsigned es_intents(const struct nlu_text *t)
{
	unsigned found = 0;

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		if (!(found & 1u << table[i].is) &&
		    nlu_match(t, table[i].pattern, NULL, NULL))
			found |= 1u << table[i].is;
	}
	found = mistaken(t, found);
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
