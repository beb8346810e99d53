"""The words of Costa Rican business Spanish that Kula brings along, beside the catalogue's own synonyms.

A name that the catalogue does not have is skipped, so the tables may name more than one version of the metrics.
"""

METRIC_PHRASES: dict[str, str] = {
    "net_sales": "ventas|venta|compra|compras|ventas netas|ventas totales|total de ventas|total vendido|monto vendido|monto de ventas"
    "|monto total|monto|montos|importe|volumen de ventas|valor de ventas|valor vendido|facturacion|facturado|ingresos"
    "|ingreso|vendido|vendida|vendidos|plata|dinero|ventas en plata|cantidad de plata|recaudado|recaudacion",
    "sales_count": "numero de ventas|cantidad de ventas|facturas|tiquetes|tickets|pedidos|ordenes"
    "|transacciones|numero de facturas|cantidad de facturas|numero de compras|cantidad de compras|numero de pedidos"
    "|cantidad de pedidos|ventas realizadas|documentos de venta|conteo de ventas|recibos|veces|vez|cuantas veces",
    "average_ticket": "ticket promedio|tiquete promedio|ticket medio|tiquete medio|venta promedio|promedio por venta"
    "|promedio de venta|promedio por factura|factura promedio|compra promedio|promedio de compra|promedio por compra"
    "|gasto promedio|pedido promedio|consumo promedio|ticket|tiquete|valor promedio de venta|monto promedio",
    "units_sold": "unidades|unidades vendidas|cantidad vendida|cantidades vendidas|articulos vendidos|piezas"
    "|piezas vendidas|volumen en unidades|cantidad de unidades|numero de unidades|ventas en unidades",
    "gross_profit": "ganancia|ganancias|ganancia bruta|utilidad|utilidades|utilidad bruta|beneficio|beneficios"
    "|ganancia total|lo ganado",
    "gross_margin": "margen|margenes|margen bruto|margen de ganancia|margen de utilidad|porcentaje de ganancia"
    "|porcentaje de utilidad|rentabilidad",
    "discount": "descuento|descuentos|rebajas|descuentos otorgados",
    "active_customers": "clientes que compraron|clientes que compran|clientes que me compraron|clientes activos"
    "|compradores|clientes con compras|clientes atendidos|clientes que han comprado",
    "customers_count": "numero de clientes|cantidad de clientes|total de clientes|clientes registrados"
    "|clientes en total|cartera de clientes|base de clientes",
    "new_customers": "clientes nuevos|nuevos clientes|cliente nuevo|clientela nueva|clientes que llegaron"
    "|clientes ganados|clientes captados",
    "opportunities_count": "oportunidades|oportunidad|negocios|tratos|oportunidades de venta|numero de oportunidades"
    "|cantidad de oportunidades|oportunidades creadas",
    "open_opportunities": "oportunidades abiertas|oportunidades pendientes|oportunidades en curso"
    "|oportunidades en proceso|oportunidades activas|oportunidades vigentes|negocios abiertos|negocios en curso"
    "|oportunidades sin cerrar",
    "won_opportunities": "oportunidades ganadas|negocios ganados|negocios cerrados|oportunidades cerradas con exito"
    "|cierres|tratos cerrados|tratos ganados|oportunidades concretadas",
    "lost_opportunities": "oportunidades perdidas|negocios perdidos|tratos perdidos|oportunidades caidas",
    "open_value": "valor abierto|monto abierto|valor del embudo|valor del pipeline|valor en el embudo"
    "|valor de las oportunidades abiertas|valor de oportunidades abiertas|monto de las oportunidades abiertas"
    "|plata en el embudo|valor en juego",
    "weighted_value": "valor ponderado|embudo ponderado|pipeline ponderado|valor ponderado del embudo"
    "|monto ponderado|valor esperado",
    "won_value": "valor ganado|monto ganado|valor de las oportunidades ganadas|valor de oportunidades ganadas"
    "|monto de las oportunidades ganadas|valor cerrado|monto cerrado|plata ganada",
    "win_rate": "tasa de cierre|tasa de exito|porcentaje de cierre|efectividad|efectividad de cierre"
    "|tasa de conversion|conversion|porcentaje de exito|porcentaje de oportunidades ganadas|tasa de oportunidades ganadas"
    "|efectividad de ventas|tasa de ganadas|porcentaje de conversion",
    "average_days_to_close": "dias para cerrar|dias promedio de cierre|dias promedio para cerrar|tiempo de cierre"
    "|tiempo promedio de cierre|ciclo de venta|ciclo de ventas|duracion del ciclo de venta|dias de cierre"
    "|tiempo para cerrar|promedio de dias para cerrar",
}

DIMENSION_PHRASES: dict[str, tuple[str, ...]] = {
    "categoria|categorias|familia|rubro|linea de producto|linea de productos|tipo de producto|tipos de producto": (
        "sale_line__category",
    ),
    "producto|articulo|item|mercaderia|servicio|productos y servicios": (
        "sale_line__product",
        "opportunity__product",
    ),
    "vendedor|vendedora|agente|asesor|asesora|ejecutivo|ejecutiva|representante|agente de ventas|asesor de ventas"
    "|ejecutivo de ventas|dependiente|encargado de ventas": ("sale__seller", "opportunity__seller"),
    "canal|canal de venta|canales de venta": ("sale__channel",),
    "metodo de pago|forma de pago|medio de pago|tipo de pago|modo de pago|formas de pagar": ("sale__payment_method",),
    "tipo de documento|clase de documento|tipo de factura": ("sale__document_type",),
    "origen|fuente|procedencia": ("opportunity__source", "customer__source", "sale__source"),
    "cliente|clienta|clientela|comprador": ("customer__name",),
    "segmento|tipo de cliente|tipos de cliente|clase de cliente|segmento de cliente|segmento de clientes": (
        "customer__segment",
    ),
    "provincia": ("customer__province",),
    "canton": ("customer__canton",),
    "pais|paises|nacionalidad": ("customer__country",),
    "persona o empresa|tipo de persona": ("customer__kind",),
    "etapa|fase|etapa del embudo|etapa del pipeline|columna del embudo": ("opportunity__stage",),
    "embudo|pipeline|proceso de venta": ("opportunity__pipeline",),
    "estado|estatus|estado de la oportunidad": ("opportunity__status",),
    "motivo de perdida|razon de perdida|motivo|motivo por el que se perdio|causa de perdida|razones de perdida": (
        "opportunity__lost_reason",
    ),
}

# Words that name a value of a dimension whoever the tenant is: (dimension, text looked for among its values).
VALUE_PHRASES: dict[str, tuple[str, str]] = {
    "inactivo|inactiva|inactivos|inactivas|dormido|dormidos|perdidos de vista": ("customer__segment", "inactivo"),
    "frecuente|fiel|fieles|habitual|recurrente": ("customer__segment", "frecuente"),
    "ocasional|esporadico": ("customer__segment", "ocasional"),
    "nuevo|nueva": ("customer__segment", "nuevo"),
    "efectivo|en efectivo|cash|contado": ("sale__payment_method", "efectivo"),
    "tarjeta|tarjetas|datafono|con tarjeta": ("sale__payment_method", "tarjeta"),
    "sinpe|sinpe movil|por sinpe": ("sale__payment_method", "sinpe"),
    "transferencia|transferencias|deposito": ("sale__payment_method", "transferencia"),
    "cheque": ("sale__payment_method", "cheque"),
    "nota de credito|notas de credito|devolucion|devoluciones": ("sale__document_type", "credit_note"),
    "nota de debito|notas de debito": ("sale__document_type", "debit_note"),
    "empresa|empresas|persona juridica|personas juridicas|companias": ("customer__kind", "company"),
    "persona fisica|personas fisicas|particulares": ("customer__kind", "person"),
}

VERBS: dict[str, str] = {
    # Anchored patterns over folded words; the group's name is what the verb says happened.
    "sell": r"vend(?:o|es|e|en|i|io|iste|ieron|imos|emos|amos|an|ia|iamos|ian|iendo|ido|er|iera|ieran|eremos|ere|erian?)"
    r"|factur(?:o|e|a|as|an|ado|amos|aron|ar|aste|aba|abamos|ando)|cobr(?:e|amos|aron|aste)|despach(?:e|amos|o|aron)",
    "enter": r"ingres(?:o|aron|aba|aron|ado)|entr(?:o|aron|ado|a)|recaud(?:e|amos|o|aron)",
    "buy": r"compr(?:o|a|an|aron|aba|aban|ado|ando|aran|en)|adquiri(?:o|eron)|consumi(?:o|eron)|gast(?:o|a|an|aron)",
    "win_self": r"gane|ganamos|ganaste|gano yo|ganabamos|ganado|ganando",
    "win": r"gan(?:o|aron|a|an|aba|aban|ar|e|amos)|concret(?:o|e|aron|amos)|cerr(?:o|aron|e|amos|aste)|cierran|cierra",
    "lose": r"perd(?:i|emos|io|ieron|imos|ido|iste)|pierd(?:o|e|en)",
    "grow": r"crec(?:io|ieron|ido|en|e|i|imos)|aument(?:o|aron|ado|an|a)|sub(?:io|ieron|ido|en|e)|baj(?:o|aron|ado|an|a)"
    r"|cay(?:o|eron)|caido|disminuy(?:o|eron)|vari(?:o|aron|ado)|cambi(?:o|aron|ado)|mejor(?:o|aron|ado)|empeor(?:o|aron)",
    "pay": r"pag(?:o|aron|an|a|ad[oa]s?)",
}

CUES: dict[str, str] = {
    "top": "top|mejor|mejores|principal|principales|mas importante|mas importantes|mas grande|mas grandes|mas vendido"
    "|mas vendida|mas vendidos|mas vendidas|que mas|quien mas|mas|mayor|mayores|mas alto|mas alta|mas altos|mas altas"
    "|maximo|maxima|mas rentable|mas rentables|mas fuerte|mas fuertes|numero uno|estrella|mas valioso|mas valiosos"
    "|lidera|encabeza|ranking|ranking de|de mayor a menor|mas bueno|mas buenos|mas comprador|mas compradores"
    "|en primer lugar",
    "bottom": "peor|peores|menor|menores|menos|que menos|quien menos|mas bajo|mas baja|mas bajos|mas bajas|minimo|minima"
    "|mas flojo|mas floja|mas flojos|menos vendido|menos vendida|menos vendidos|menos vendidas|mas malo|mas malos"
    "|de menor a mayor|mas pequeno|mas pequenos|mas debil|mas debiles",
    "by": "por|segun|por cada|de cada|cada|en cada|a cada|desglosado por|desglosadas por|desglosada por|agrupado por"
    "|agrupadas por|dividido por|divididas por|separado por|separadas por|desglose por|distribuido por|distribucion por"
    "|por tipo de|cada uno de|cada una de|por cada uno de|detallado por|detalle por|repartido por|clasificado por"
    "|a nivel de|en cada uno de",
    "grain_day": "por dia|diario|diaria|diarias|diarios|diariamente|cada dia|dia a dia|dia por dia|al dia|por dias"
    "|todos los dias",
    "grain_week": "por semana|semanal|semanales|semanalmente|cada semana|semana a semana|semana por semana|por semanas"
    "|a la semana",
    "grain_month": "por mes|mensual|mensuales|mensualmente|cada mes|mes a mes|mes por mes|por meses|al mes"
    "|todos los meses|de cada mes|en cada mes",
    "grain_quarter": "por trimestre|trimestral|trimestrales|trimestralmente|cada trimestre|por trimestres"
    "|trimestre a trimestre|trimestre por trimestre|de cada trimestre",
    "grain_year": "por ano|anual|anuales|anualmente|cada ano|ano a ano|ano por ano|por anos|al ano|de cada ano"
    "|en cada ano",
    "trend": "tendencia|tendencias|evolucion|comportamiento|historico de|historial de|a lo largo del tiempo"
    "|en el tiempo|como van|como va|como han ido|como ha ido|como vienen|como estan|como andan|como anda"
    "|como se comporta|como se comportan|como se han comportado|como evolucionaron|como han evolucionado",
    "compare": "comparado con|comparada con|comparados con|comparadas con|comparado a|comparado al|comparado contra"
    "|comparar con|comparalo con|comparelo con|comparando con|comparadas contra|contra|vs|frente a|frente al"
    "|respecto a|respecto al|respecto de|respecto del|con respecto a|con respecto al|en comparacion con"
    "|en comparacion a|en comparacion al|en relacion con|en relacion a|a diferencia de|diferencia entre"
    "|comparacion entre|comparar|compare|compara|comparame|comparacion de|comparativo de|comparativa de|comparado"
    "|comparacion|comparativo|comparada|comparadas|comparar entre|compare entre|que el|que en el|que en|mas que en"
    "|mas que el|menos que en|menos que el",
    "previous": "periodo anterior|el periodo anterior|periodo previo|lapso anterior|el anterior|al anterior",
    "previous_year": "mismo periodo del ano pasado|mismo periodo del ano anterior|mismo mes del ano pasado"
    "|mismo mes del ano anterior|misma fecha del ano pasado|mismo trimestre del ano pasado|mismas fechas del ano pasado"
    "|mismo trimestre del ano anterior|misma semana del ano pasado|mismo periodo de hace un ano|mismo dia del ano pasado"
    "|mismo semestre del ano pasado|interanual|mismo lapso del ano pasado|un ano antes|hace un ano|hace 1 ano",
    "overview": "como vamos|como voy|como me fue|como nos fue|como estuvo|como estuvieron|como cerro|como cerramos"
    "|como me ha ido|como nos ha ido|como nos va|como me va|como estamos|que tal vamos|que tal estuvo|como le fue",
    "growth": "crecimiento|variacion|variaciones|aumento|cambio|diferencia|incremento|disminucion|caida|baja|alza",
    "share": "porcentaje|porcentaje de|que porcentaje|porcentual|participacion|que parte|que parte de|proporcion"
    "|proporcion de|peso de|participacion de|%|% de|que tanto por ciento|por ciento",
    "not": "sin|excepto|salvo|no|que no sea|que no sean|que no son|quitando|excluyendo|sin contar|fuera de|a excepcion de"
    "|con excepcion de|menos los de|menos las de|sin incluir|nunca|jamas|dejaron de|dejo de|ya no",
    "more_than": "mas de|mayor a|mayor que|mayores a|mayores que|superior a|superiores a|arriba de|por encima de|>|mas que"
    "|supera|superan|superaron|que superen|que pasen de|pasan de|pasaron de",
    "at_least": "al menos|como minimo|por lo menos|minimo de|>=|a partir de|desde",
    "less_than": "menos de|menor a|menor que|menores a|menores que|inferior a|inferiores a|debajo de|por debajo de|<"
    "|menos que",
    "at_most": "como maximo|maximo de|a lo sumo|hasta|<=|no mas de",
    "between": "entre",
    "count": "cuantos|cuantas|a cuantos|a cuantas|de cuantos|numero de|cantidad de|conteo de|que cantidad de",
    "how_much": "cuanto|cuanta|total de|suma de|por cuanto",
    "which": "que|cual|cuales|cuál de",
    "who": "quien|quienes|a quien|a quienes|de quien|de quienes|con quien",
    "when": "cuando",
    "average": "promedio|en promedio|media|medio|promedios|de promedio",
    "list": "lista de|listado de|lista|listado|liste|listar|nombres de|detalle de|detalle",
    "won": "ganada|ganadas|ganados|exitosas|concretadas|cerradas|cerrados",
    "lost": "perdida|perdidas|perdidos|caidas",
    "open": "abierta|abiertas|abiertos|pendiente|pendientes|en curso|en proceso|activas|vigentes|vivas|sin cerrar",
    "value_of": "valor de|valor|valor total|valor total de|monto de|valen|vale|suman|plata en|monto en",
    "why": "por que|a que se debe|a que se deben|cual es la causa de|razon de que|debido a que",
    "definition": "que es|que significa|que quiere decir|como se calcula|como calculan|definicion de|explique que es"
    "|expliqueme que es|como calcula|que son",
    "unit_day": "dia|dias",
    "unit_week": "semana|semanas",
    "unit_month": "mes|meses",
    "unit_quarter": "trimestre|trimestres",
    "unit_year": "ano|anos",
    "and": "y|e|,|tambien|ademas|asi como|junto con",
}

IGNORABLE = frozenset(
    "el la los las lo un una unos unas al a ante con de del desde en entre hacia para sobre durante mediante"
    " me mi mis mio mia mios mias tu tus su sus se nos nuestro nuestra nuestros nuestras yo usted ustedes vos nosotros"
    " ellos ellas el ella le les te os esto eso esta este estos estas ese esa esos esas aquel"
    " hay hubo habia ha han he hemos haya era eran es son ser fue fueron sido soy esta estan estaba estuvo estar estoy"
    " tengo tiene tienen tenemos tuve tuvo tuvimos tuvieron tenia tener tenido hice hizo hicimos hicieron hago hace"
    " hacen hacer hecho llevo lleva llevamos llevan llevar va van voy vamos ir iba obtuve obtuvo obtuvimos genere genero"
    " generaron generamos logre logro logramos lograron realice realizo realizamos realizaron"
    " emiti emitio emitimos emitieron"
    " ascendieron ascendio sumaron sumo suman deja dejan dejo dejaron da dan dio dieron produce producen aporta aportan"
    " represento representa representan corresponde"
    " puede puedo podes podria podrias podrian puedes poder quiero quisiera queria quieres queremos necesito necesita"
    " necesitamos ocupo ocupa ocupamos gustaria deseo desea debo"
    " saber conocer ver vea veamos mirar decir diga digame dime decime deci deme dame den muestre muestreme muestrame"
    " mostrame mostrar mostra muestra ensene enseneme ensename ensena presente presenteme presentame indique indiqueme"
    " indicame cuente cuenteme contame cuentame calcule calcula calculame calculeme haga hagame haceme hazme averigue"
    " busque busca buscame saque saqueme sacame pase paseme pasame regaleme regalame regale traigame traeme consulte"
    " explique expliqueme reporte reporteme informe grafico grafica graficame grafiqueme tabla cuadro resumen"
    " por favor porfavor porfa porfis gracias hola buenas buenos buen kula oiga oye mae maje diay pues bueno entonces"
    " ok okay listo perfecto ahora pura vida bien solo solamente nada nomas mas o menos aproximadamente"
    " total totales totalidad todo toda todos todas general globalmente global tanto tanta tantos tantas"
    " que si como asi cual mismo misma propio propia real realmente exactamente exacto actualmente ya aun todavia"
    " cuya cuyo donde periodo fecha fechas rango"
    " dato datos cifra cifras informacion numero numeros cantidad resultado resultados valor ud uds"
    " registrado registrada registrados registradas".split()
) - {"por", "mas", "menos", "no", "cual", "valor", "desde", "donde"}
"""Words that may be passed over without changing what is asked. A closed list: what is not here must be understood."""

IGNORABLE_PHRASES = (
    "mi empresa|la empresa|mi negocio|el negocio|mi tienda|mi local|nuestra empresa|mi compania|la compania"
    "|de parte de|por parte de|en total|en general|por favor|mas o menos|al final|hasta ahora|en todo|lo que"
    "|el total de|en terminos de|en cuanto a|en plata|en dinero|en monto|por ejemplo|pura vida"
    "|por todo|los datos de|los numeros de|el monto de|a ver|buenos dias|buenas tardes|buenas noches|buen dia"
    "|que tal|cual es|cual fue|cuales son|cuales fueron|cual ha sido|que fue|cuanto es|cuanto fue|cuanto fueron"
    "|de todos|de todas|de todo"
)
