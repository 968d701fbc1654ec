"""Lists of words that the rules know, kept apart from the rules."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    """Read a list of words; an underscore stands for a blank."""
    return frozenset(word.replace("_", " ") for word in text.split())


#: Words that stand in the lexicon, or look like a name, but in a text nearly always mean something general.
GENERIC = _words(
    """
    3d 3d_shape ablation_study acceleration accelerator action activation agent ai algorithm alignment all amd
    anchor annotation answer approach arabic artificial_intelligence attack attention_model attention_weight audio
    backbone balanced bandwidth base based_model baseline_model benchmark benchmarking boosting bridge cache camera
    can chinese class classifier cloud cluster code compiler complex complexity compress computation
    computationally_efficient compute context context_length context_window correctness correlation cost cycle data
    dataflow dataset decoder decoding deep deep-learning deep_learning deep_learning_model deep_model deep_network
    deep_neural_model deepfake denoising dense deployment design detection_model detector diffusion disk distilling
    diversity dl document domain dot-product dot_product ecg echo edge efficient embedding embedding_vector encoder
    engineering english error event_stream experiment expert exploration expressiveness external_memory fast feature
    feature_fusion field fire flexibility flow focus former framework frequency function general generalization
    generative_ai gflop/ github global google gpu_memory gradient graph hardware_design head high highway human
    hybrid_architecture hybrid_model image inception inductive_bias inference information initialization input intel
    kernel key knowledge knowledge_base knowledge_graph label language large large-scale_model large_model layer
    learning learning-based learning_algorithm level line linear local loss loss_function low low-bit low-precision
    machine-learning machine_learning manipulation map mask may medical_domain memory_capacity memory_requirement
    method might mix ml model model_parameter model_performance model_training most multi-task must natural network
    neural neural_architecture neural_model neural_network neural_network_architecture news next nn node
    non-volatile_memory nonlinearity normal normalization nvidia object object_detection_model objective_function
    occlusion one operator optimization_algorithm optimizer output overfitting parameter parameter_size part_of path
    pe people performance performance_degradation pipeline place point policy portuguese positional_information
    pre-processing pre-trained pre-trained_model precision preprocessing pretrained pretrained_model privacy
    processing processing_unit processor profiling program programming prompt protein proteins prune pruned
    quadratic_complexity quantize quantized quantizing query question rain random real real-time_inference
    real-time_processing real-world receptive_field reliability rendering representation research result return
    robot safety scale scene scheduling science search seed segmentation_model semantic_similarity sensor sentence
    sequence sequence_length server set shape similarity simple simulation size slow small social_media sound source
    space sparse sparsity speech spider spring stability stage standard state state-of-the-art step storage
    structure summer synthetic_data system target task test testing text text_embedding three time time-series
    time_series token tracker tracking trade train training training_data training_loss training_objective
    transformer-based_architecture transformer-based_llm transformer-based_model transformer-based_network
    translation translation_task two uncertainty unit unsupervised utilization value video vision vision_model
    vision_task visual voxel web weight wide will wireframe word xilinx
    """
)

#: Metrics that are meant as one only next to a number: "17.7 mW power", "4.2x less memory".
WEAK = _words(
    """
    area efficiency energy energy-efficient memory model_size power speed tops tops/w
    """
)

#: Words that an alias may end with and a mention need not.
CLASS_WORDS = _words(
    """
    algorithm algorithms architecture architectures backbone backbones based benchmark block blocks computation
    dataset datasets design framework layer layers mechanism mechanisms method methods model models module modules
    network networks operation operations structure structured structures task tasks technique techniques
    """
)

#: Words that an alias may begin with and a mention need not.
PLAIN_WORDS = _words(
    """
    classical conventional deep dense large modern neural plain regular standard traditional typical vanilla
    """
)

#: Class nouns that may stand behind a name without changing what it names.
CLASS_NOUNS = _words(
    """
    algorithm algorithms approach architecture architectures backbone backbones benchmark benchmarks block blocks
    board boards challenge consumption corpus dataset datasets device devices fpga fpgas framework frameworks gpu
    gpus layer layers learning mechanism mechanisms method methods metric model models module modules network
    networks platform platforms processor processors score scores structure structures system systems task tasks
    technique techniques
    """
)

#: Class nouns that make another thing of a common noun: "embedded device", "embedded FPGA".
KINDS = _words(
    """
    accelerator accelerators architecture architectures block blocks board boards device devices fpga fpgas gpu gpus
    layer layers module modules network networks platform platforms processor processors system systems
    """
)

#: Words whose initials an abbreviation leaves out.
SMALL_WORDS = _words(
    """
    a an and as at by for from in of on the to via with
    """
)

#: Words that end a name to the left: function words, verbs, general adjectives and quantifiers.
STOP = _words(
    """
    a about above accelerate accelerates accelerating accurate achieve achieved achieves achieving across additional
    address addresses addressing adopt adopting adopts advanced after again against all allow allowing allows alone
    along also although am among amount an and another any applied applies apply applying approach approaches
    appropriate are around as at available average based be because become becomes been before behind being below
    benchmark benchmarks best better between beyond big boost boosting boosts both build building builds but by
    called can capture captures capturing certain challenging combine combined combines combining common commonly
    comparable comparative compared comparing competitive complex comprehensive consider considerable considering
    consist consists contain containing contains conventional corresponding costly could critical current
    cutting-edge data dataset datasets decreasing demonstrate demonstrated demonstrates deploy deployed deploying
    design designed designing designs desirable desired despite detailed develop developed developing develops did
    different difficult directly diverse do does dubbed due during e.g each effective effectively efficient
    efficiently eg eight either emerging employ employing employs enable enables enabling enhance enhanced enhances
    enhancing ensure ensures entire especially essential etc evaluate evaluated evaluates evaluating even every
    excellent existing expensive experiment experiments explicit exploit exploiting exploits explore explores
    exploring extensive extensively extra extract extracting extracts extremely faces family fast faster fastest few
    fewer final first five flexible following for form four from full fully fundamental further furthermore general
    general-purpose generally generate generated generates generating generic get gets given good great growing
    guide had has have heavy hence her here high high-level high-performance high-quality higher highest highly his
    how however however, huge hybrid i.e ie if implement implemented implementing implements implicit important
    impressive improve improved improves improving in in-depth include includes including incorporate incorporates
    incorporating increase increased increases increasing inherent innovative inspired instead integrate integrates
    integrating internal into introduce introduced introduces introducing investigate investigates is it its just
    key kind large larger largest latest leading learn learned learns less leverage leverages leveraging lightweight
    like limited linear-time little long low low-cost lower lowest main maintain maintaining maintains major make
    makes making many massive mathematical maximum may method methods might minimal minimum model modeling models
    modern more moreover most motivated much multiple must named need needed needs negligible neither network's new
    next no nor not novel now number numerous of off often on once one only onto optimize optimizes optimizing or
    original other our our, out outperform outperformed outperforming outperforms over overall own particular
    particularly peak per perform performance performed performing performs popular possible potential powerful
    practical present presented presenting presents preserving previous prior produce produces producing promising
    propose proposed proposes provide provides providing quadratic qualitative quantitative range rather real-time
    real-world recent recently reduce reduced reduces reducing remarkable replace replaced replaces replacing
    require required requires requiring resource-constrained respectively restore restores result resulting results
    robust run running runs sacrificing same scalable second series set seven several shall shorter should show
    shown shows significant significantly similar simple since single six slow slower small smaller smallest so
    so-called solve solves solving some sophisticated sota specific stable standard state-of-the-art still strong
    stronger studies study studying substantial successfully such suitable superior support supporting supports
    surpass surpasses take takes taking target task tasks term termed terms than that the their then theoretical
    there thereby therefore these they third this those though three through thus to together too total toward
    towards traditional train trained trains tremendous two type types typical typically under underlying unified
    universal unlike unprecedented unstable until up upon use used useful uses using usually utilize utilizes
    utilizing variety various versatile versus very via vs was we weaker well well-established well-known were what
    when where whereas whether which while who whole whose why widely will with within without would yet you
    """
)

#: Capitalised words in front of "dataset" that begin no name.
NOT_DATASET = _words(
    """
    A All An Both Experiments Extensive Five Four In Large Many Multiple New On Our Public Several Six The These
    This Three Two Various We
    """
)

#: First parts of hyphenated words that qualify and do not name: "high-accuracy", "non-autoregressive".
NO_PREFIX = _words(
    """
    cost end full half high in large long low mixed near next non off on per real run short small state time ultra
    """
)

#: First words of a title's first part that is no name: "Towards faster inference: ...".
TITLE_STOP = _words(
    """
    a an are attention beyond can do does exploring from how is on rethinking revisiting the toward towards
    understanding what when why
    """
)

#: Words behind which a noun phrase is over.
PHRASE_END = _words(
    """
    achieving against and as at based between by called can capable combining consisting designed enabling for from
    in into is leveraging named of on specifically tailored that through to toward towards under using via where
    which while with without
    """
)

#: Head nouns that say nothing by themselves.
EMPTY_HEADS = _words(
    """
    analysis approach family framework method model number paper series set solution study system technique variety
    way work
    """
)

#: Head nouns of what a paper may introduce and that is no thing.
NOT_PHRASE = _words(
    """
    case challenge evaluation experiment idea insight issue perspective problem question result review survey theory
    """
)
